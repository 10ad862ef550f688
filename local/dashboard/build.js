// SPDX-License-Identifier: Apache-2.0
//
// build.js DIR: makes the types of the API from its document, checks all types, and builds the pages into DIR, packed.

import { execFileSync } from 'node:child_process';

const dir = process.argv[2] ?? 'dist';
const run = (name, ...args) => execFileSync(`node_modules/.bin/${name}`, args, { stdio: ['ignore', 'ignore', 'inherit'] });

run('openapi-typescript', '../../openapi/openapi.yaml', '--output', 'src/api/schema.d.ts');
run('tsc', '--noEmit');
run('vite', 'build', '--outDir', dir, '--emptyOutDir');
execFileSync('node', ['pack.js', dir], { stdio: 'inherit' });
