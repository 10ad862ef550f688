// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vite';

export default defineConfig({
	oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
	// Scripts find their files from where they are, below any base path. The links of the document are rewritten by the server.
	experimental: { renderBuiltUrl: (_name, { hostType }) => (hostType === 'html' ? undefined : { relative: true }) },
	build: {
		target: 'es2022',
		assetsInlineLimit: 0, // the policy of the page takes no data: URLs
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
	},
	server: { proxy: { '/api': 'http://127.0.0.1:8379', '/livez': 'http://127.0.0.1:8379' } },
});
