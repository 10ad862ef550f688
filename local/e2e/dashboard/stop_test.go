// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"

	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// stopsSearch stops reading all keys: what was found stays, and the rest can be read later.
func stopsSearch(b *chromium.Page, u user) {
	u.fill(b, 4000)
	b.Navigate(u.data + "?view=flat")
	const count = `document.querySelector('[data-testid=count]').textContent`
	listed(b)
	hold(b, "/api/kv/scan", 1)
	chromium.Eval[string](b, `window.before = `+count)
	b.Click("Load all")
	b.Until("more keys so far", count+`.endsWith(' so far') && `+count+` !== window.before`)
	b.Click("Stop")
	b.Sees("Load all", "keys so far")
	release(b)
	b.Click("Load all")
	b.Until("all keys", `document.querySelector('[data-testid=count]').textContent === '4,000 keys'`)
}

// listed waits until the page has loaded the first keys of many: 1,000 or more, in pages that are shorter the longer they take.
func listed(b *chromium.Page) {
	b.Until("the first keys", `/^\d,\d{3} keys so far$/.test(document.querySelector('[data-testid=count]')?.textContent)`)
	b.Sees("Load all")
}

// stopsDeletion stops a deletion: no more keys are deleted, and the list shows those that are left.
func stopsDeletion(b *chromium.Page, u user) {
	u.fill(b, 3000)
	b.Navigate(u.data + "?pattern=k*")
	listed(b)
	hold(b, "/api/kv/scan", 1)
	b.Click("Delete matching")
	b.Until("keys that were found so far", `/^[1-9][\d,]* so far…$/.test(document.querySelector('dialog [role=status]')?.textContent)`)
	release(b)
	b.Fill("Type 3000 to confirm", "3000")
	hold(b, "/api/kv/del", 1)
	b.Click("Delete")
	b.Sees("1,000 of 3,000 keys deleted…")
	b.Click("Stop")
	release(b)
	b.Sees("Stopped: 2,000 of 3,000 keys deleted.") // the call under way is completed
	b.Click("Close")
	b.Sees("No key chosen")
	b.Navigate(u.data)
	b.Until("the keys that are left", `/^(1,000 keys|[\d,]+ keys so far)$/.test(document.querySelector('[data-testid=count]')?.textContent)`)
	u.has(b, 1000)
}

// chooseImport chooses a file with n keys to be imported.
func chooseImport(b *chromium.Page, n int) {
	b.T.Helper()
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "{\"key\":\"k%05d\",\"value\":1}\n", i)
	}
	file := filepath.Join(b.T.TempDir(), "keys.ndjson")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		b.T.Fatal(err)
	}
	b.Click("Import")
	selector := b.Mark("the file", `(within) => [within.querySelector('input[type=file]')]`)
	b.Do("choose a file", chromedp.SetUploadFiles(selector, []string{file}))
}

// stopsImport stops an import, and sees how many keys it brought.
func stopsImport(b *chromium.Page, u user) {
	b.Navigate(u.data)
	chooseImport(b, 3000)
	hold(b, "/api/kv/mset", 1)
	b.Click("Import")
	b.Sees("1,000 keys imported so far…")
	b.Click("Stop")
	b.Sees("Stopped: 1,000 keys imported.")
	release(b)
	b.Click("Close")
	b.Sees("1,000 keys")
	u.has(b, 1000)
}

// stopsExport stops an export, which saves no file.
func stopsExport(b *chromium.Page, u user) {
	u.fill(b, 10)
	b.Navigate(u.data)
	b.Sees("10 keys")
	b.Click("Export")
	b.Sees("Export all keys")
	hold(b, "/api/kv/export", 0)
	b.Click("Export")
	b.Sees("0 keys so far")
	b.Click("Stop")
	b.Misses("Export all keys")
	b.Until("the request having ended", `window.held === 1`)
	release(b)
	b.Click("Export")
	b.Sees("Export all keys")
	b.Click("Export")
	b.Sees("10 keys exported.")
}
