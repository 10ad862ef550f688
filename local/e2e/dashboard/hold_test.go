// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"

	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// hold keeps the requests of a page to a path from being sent, after the first n, until release. The page is in the middle of its work
// for as long as a test needs. Loading another page ends it.
func hold(b *chromium.Page, path string, n int) {
	b.T.Helper()
	chromium.Eval[bool](b, fmt.Sprintf(`(() => {
		const send = window.fetch;
		let left = %d, open;
		const opened = new Promise((go) => { open = go; });
		window.held = 0;
		window.release = () => { window.fetch = send; open(); };
		window.fetch = async (request, options) => {
			if (new URL(request.url ?? request, location.href).pathname.startsWith(%s) && left-- <= 0) {
				window.held++;
				const signal = options?.signal ?? request.signal;
				await Promise.race([opened, new Promise((_, fail) => signal?.addEventListener('abort', () => fail(signal.reason)))]);
			}
			return send(request, options);
		};
		return true;
	})()`, n, chromium.Quote(path)))
}

// release sends what was held.
func release(b *chromium.Page) {
	b.T.Helper()
	chromium.Eval[bool](b, `(window.release(), true)`)
}
