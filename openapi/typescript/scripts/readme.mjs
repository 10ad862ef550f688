// SPDX-License-Identifier: Apache-2.0
//
// Writes the TypeScript of README.md to build/readme, where the tests check and run it. A block that begins with an
// import starts a new module; the following blocks belong to it.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';

const modules = [];
for (const [, code] of (await readFile('README.md', 'utf8')).matchAll(/^```ts\n(.*?)^```$/gms)) {
  if (code.startsWith('import ')) modules.push(code);
  else modules.push(`${modules.pop()}\n${code}`);
}
await rm('build', { recursive: true, force: true });
await mkdir('build/readme', { recursive: true });
await Promise.all(modules.map((code, i) => writeFile(`build/readme/${i + 1}.ts`, code)));
