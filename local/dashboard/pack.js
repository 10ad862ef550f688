// SPDX-License-Identifier: Apache-2.0
//
// pack.js: compresses each file that vite built and keeps only the compressed forms, which the program embeds.
// pack.js --compare DIR: compares the files here with those in DIR. Compressed bytes may differ from
// one release of Node to another, so the contents are compared.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from 'node:zlib';

const files = (dir) => readdirSync(dir, { recursive: true, withFileTypes: true })
	.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();

function pack(dir) {
	for (const name of files(dir)) {
		const plain = readFileSync(name);
		writeFileSync(`${name}.gz`, gzipSync(plain, { level: 9 }));
		writeFileSync(`${name}.br`, brotliCompressSync(plain, { params: {
			[constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
		} }));
		rmSync(name);
	}
}

function contents(dir) {
	return new Map(files(dir).map((name) => {
		const packed = readFileSync(name);
		return [name.slice(dir.length), name.endsWith('.br') ? brotliDecompressSync(packed) : gunzipSync(packed)];
	}));
}

function compare(one, other) {
	const [a, b] = [contents(one), contents(other)];
	const differing = [...new Set([...a.keys(), ...b.keys()])]
		.filter((name) => !a.has(name) || !b.has(name) || !a.get(name).equals(b.get(name)));
	if (differing.length > 0) {
		console.error(`what is built of the dashboard is stale (make dashboard): ${differing.join(' ')}`);
		process.exit(1);
	}
}

const [, , option, dir] = process.argv;
if (option === '--compare') compare('dist', dir);
else pack(option ?? 'dist');
