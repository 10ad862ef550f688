// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vite';

export default defineConfig({
	oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
	build: {
		target: 'es2022',
		assetsInlineLimit: 0, // the policy of the page takes no data: URLs
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
	},
	server: { proxy: { '/api': 'http://127.0.0.1:8379', '/livez': 'http://127.0.0.1:8379' } },
});
