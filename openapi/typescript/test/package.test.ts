// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { serve } from './server.js';

async function bundle(format: 'esm' | 'iife'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: "export * from '@temps-sdk/kv'", resolveDir: '.' },
    bundle: true, minify: true, write: false, target: 'es2022', format, globalName: 'sdk',
  });
  return outputFiles[0]!.text;
}

test('it is less than 7 KB, minified and gzipped', async (t) => {
  const size = gzipSync(await bundle('esm')).length;
  t.diagnostic(`${size} bytes`);
  assert.ok(size < 7000, `${size} bytes`);
});

test('it needs no more than fetch, URL, AbortController and timers', async () => {
  const { url, token } = await serve();
  const sandbox = { fetch, URL, AbortController, setTimeout, clearTimeout, url, token };
  const called = runInContext(
    `${await bundle('iife')}
    (async () => {
      const kv = sdk.createKVClient({ baseUrl: url, token });
      const refused = async (call) => { try { await call } catch (e) { return e instanceof sdk.KVError && e.code } };
      const silence = (_, { signal }) => new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason)));
      const silent = sdk.createKVClient({ baseUrl: url, token, fetch: silence });
      const scanned = [];
      await kv.set('a', 1);
      for await (const key of kv.scan()) scanned.push(key);
      return JSON.stringify([
        await kv.get('a'), await kv.incr('a'), await kv.del('a'), await kv.keys('*'), scanned,
        await refused(kv.expire('', 1)), await refused(sdk.kv.get('a')),
        await refused(silent.get('a', { signal: new AbortController().signal, timeout: 10 })),
      ]);
    })()`,
    createContext(sandbox),
  ) as Promise<string>;
  assert.deepEqual(JSON.parse(await called), [1, 2, 1, [], ['a'], 'invalid', 'MISSING_CONFIG', 'TIMEOUT']);
});

const run = promisify(execFile);

test('the package holds what is needed and nothing else, and can be installed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kv-sdk-'));
  after(() => rm(folder, { recursive: true }));
  const pack = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
  const [{ filename, files: packed }] = JSON.parse(pack.stdout) as [{ filename: string; files: { path: string }[] }];
  const files = packed.map((f) => f.path);
  assert.deepEqual(files.filter((path) => !path.startsWith('dist/')).sort(), ['LICENSE', 'README.md', 'package.json']);
  const modules = [
    'check', 'client', 'config', 'default', 'encode', 'error', 'index', 'kinds', 'network', 'openapi', 'options', 'send', 'shape', 'spelling', 'stop', 'wire',
  ];
  assert.deepEqual(
    files.filter((path) => path.startsWith('dist/')).sort(),
    [...['dist', 'dist/cjs'].flatMap((dir) => modules.flatMap((name) => [`${dir}/${name}.d.ts`, `${dir}/${name}.js`])), 'dist/cjs/package.json'].sort(),
  );

  const use = `import { KVError, createKVClient, type SetOptions } from '@temps-sdk/kv';
    const options: SetOptions = { ex: 1 };
    const n: Promise<number> = createKVClient({ baseUrl: 'http://127.0.0.1:1', token: 't', retries: 0 }).incr('n', 1, options);
    n.catch((error) => console.log(error instanceof KVError && error.code));`;
  await writeFile(join(folder, 'package.json'), '{}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], { cwd: folder });
  await writeFile(join(folder, 'use.ts'), use);
  const kinds = [
    ['module', 'NodeNext', 'NodeNext'],
    ['module', 'ESNext', 'Bundler'],
    ['commonjs', 'Node16', 'Node16'],
    ['commonjs', 'CommonJS', 'Node10'],
  ] as const;
  for (const [type, module, resolution] of kinds) {
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type }));
    const compiler = ['node_modules/typescript/bin/tsc', join(folder, 'use.ts'), '--strict', '--target', 'ES2022'];
    await run('node', [...compiler, '--module', module, '--moduleResolution', resolution]);
    assert.equal((await run('node', [join(folder, 'use.js')])).stdout, 'NETWORK_ERROR\n', `${type} ${module}`);
  }
});

test('it depends on nothing', async () => {
  const description = JSON.parse(await readFile('package.json', 'utf8'));
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) assert.equal(description[kind], undefined);
  for (const [name, version] of Object.entries<string>(description.devDependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is not pinned`);
  }
  assert.doesNotMatch(await readFile('package-lock.json', 'utf8'), /"resolved"/);
});

test('everything public is documented', async () => {
  for (const name of ['client', 'config', 'default', 'error', 'options']) {
    const lines = (await readFile(`dist/${name}.d.ts`, 'utf8')).split('\n');
    lines.forEach((line, i) => {
      const declares = /^export (declare )?(class|const|function|interface|type)|^    [a-z]\w*[?<(:]|^    readonly \w|^    constructor/.test(line);
      if (declares) assert.match(lines[i - 1] ?? '', /\*\/$/, `dist/${name}.d.ts:${i + 1}: ${line}`);
    });
  }
});
