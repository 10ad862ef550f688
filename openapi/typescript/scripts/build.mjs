// SPDX-License-Identifier: Apache-2.0
//
// Writes dist: the modules, and in dist/cjs the same for require, which package.json there says.

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';

const compile = (project) => execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { stdio: 'inherit' });

rmSync('dist', { recursive: true, force: true });
compile('tsconfig.json');
compile('tsconfig.cjs.json');
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
