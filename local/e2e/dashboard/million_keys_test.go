// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestDashboardHoldsAMillionKeys scrolls through a million keys, flat and in folders, and measures how long the page
// is blocked. Not parallel: it measures time.
func TestDashboardHoldsAMillionKeys(t *testing.T) {
	s := e2e.Serve(t, t.TempDir())
	s.Admin().Must(t, "POST", "/api/kv/enable", e2e.Object{"engine": "embedded"}, nil)
	s.Admin().Must(t, "POST", "/api/projects", e2e.Object{"name": "many"}, nil)
	const calls, entries = 1000, 1000
	for i := range calls {
		batch := make([]e2e.Object, entries)
		for k := range batch {
			batch[k] = e2e.Object{"key": fmt.Sprintf("user:%03d:%d", k, i), "value": 1}
		}
		s.Admin().Must(t, "POST", "/api/kv/mset", e2e.Object{"project_id": 1, "entries": batch}, nil)
	}
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Navigate("/projects/1/data?view=flat")
	b.Sees("keys so far")
	// The longest time between two frames is how long the page stood still.
	chromium.Eval[bool](b, `(() => {
		window.longest = 0;
		let last = performance.now();
		const frame = (now) => { window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(frame); };
		requestAnimationFrame(frame);
		return true;
	})()`)
	b.Click("Load all")
	awaitLong(b, "all keys", `document.querySelector('[data-testid=count]').textContent === '1,000,000 keys'`)
	for i := range 11 {
		chromium.Eval[bool](b, fmt.Sprintf(`(() => { const l = document.querySelector('.list'); l.scrollTop = l.scrollHeight * %d / 10; return true })()`, i))
		b.Until("rows in sight", `document.querySelectorAll('.item').length > 10`)
	}
	b.Until("the last row", `[...document.querySelectorAll('.item')].some((e) => e.getAttribute('aria-rowindex') === '1000000' && e.getBoundingClientRect().bottom <= document.querySelector('.list').getBoundingClientRect().bottom + 1)`)
	if got := chromium.Eval[int](b, `document.querySelectorAll('.item').length`); got > 100 {
		t.Errorf("%d rows are in the document", got)
	}
	b.Click("Tree")
	b.Click("user:")
	b.Click("007:")
	b.Click("0")
	b.Until("its value", `document.querySelector('[data-testid=value] .cm-content')?.textContent === '1'`)
	longest := chromium.Eval[float64](b, `window.longest`)
	t.Logf("with a million keys the page stood still for %.0f ms at most", longest)
	if longest > 5000 {
		t.Errorf("the page stood still for %.0f ms", longest)
	}
}

// awaitLong waits for what takes minutes on a busy machine.
func awaitLong(b *chromium.Page, what, expression string) {
	b.T.Helper()
	for deadline := time.Now().Add(10 * e2e.Patience); time.Now().Before(deadline); <-time.After(50 * e2e.Poll) {
		if chromium.Eval[bool](b, expression) {
			return
		}
	}
	b.T.Fatalf("waited %v for %s", 10*e2e.Patience, what)
}
