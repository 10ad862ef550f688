// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestDashboardShowsOddCharacters stores names, keys and values that turn the direction of text around, or cannot be seen. The
// page shows these characters, and the others stay in their order.
func TestDashboardShowsOddCharacters(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Admin().Must(t, "POST", "/api/kv/enable", e2e.Object{"engine": "embedded"}, nil)
	const odd = "abc\u202edef\u2066\u0085ghi"
	s.Admin().Must(t, "POST", "/api/projects", e2e.Object{"name": odd}, nil)
	s.Admin().Must(t, "POST", "/api/api-keys", e2e.Object{"name": odd, "permissions": []string{"KvRead"}}, nil)
	s.Admin().Must(t, "POST", "/api/projects/1/tokens", e2e.Object{"name": odd}, nil)
	for _, key := range []string{odd, odd + ":" + odd, "line\nline"} {
		s.Admin().Must(t, "POST", "/api/kv/set", e2e.Object{"project_id": 1, "key": key, "value": odd + "\n\t\u0007" + odd}, nil)
	}
	many := strings.Repeat("a\u202e", 5000)
	s.Admin().Must(t, "POST", "/api/kv/set", e2e.Object{"project_id": 1, "key": "many", "value": many}, nil)

	b := chromium.Open(t, s.URL)
	signIn(b, s)
	// shows waits for the odd characters, and demands of every text of the page that it runs from left to right.
	shows := func(page string) {
		t.Helper()
		b.Until("odd characters of "+page, `[...document.querySelectorAll('.odd')].some((e) => getComputedStyle(e, '::before').content === '"\\\\u202e"')`)
		if turned := chromium.Eval[string](b, `(() => {
			const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
			const box = (node, i) => { const r = document.createRange(); r.setStart(node, i); r.setEnd(node, i + 1); return r.getClientRects()[0]; };
			for (let node = walker.nextNode(); node; node = walker.nextNode()) {
				if (node.parentElement.closest('.odd')) continue;
				if (/[\u202e\u2066\u0085\u0007]/.test(node.data)) return 'not shown: ' + JSON.stringify(node.data);
				for (const word of ['abc', 'def', 'ghi']) {
					const at = node.data.indexOf(word);
					const [first, last] = at < 0 ? [] : [box(node, at), box(node, at + 2)];
					if (first && last && first.top === last.top && first.left >= last.left) return 'turned around: ' + node.data;
				}
			}
			return '';
		})()`); turned != "" {
			t.Errorf("%s: %s", page, turned)
		}
		if attribute := chromium.Eval[string](b, `[...document.querySelectorAll('[title], [aria-label]')].map((e) => e.title + e.ariaLabel).find((a) => /[\u202e\u2066\u0085\u0007]/.test(a)) ?? ''`); attribute != "" {
			t.Errorf("%s: an attribute holds %q", page, attribute)
		}
	}
	for _, path := range []string{"/projects", "/projects/1/tokens", "/projects/1/data?view=flat", "/projects/1/data", "/api-keys", "/"} {
		b.Navigate(path)
		shows(path)
	}
	b.Navigate("/projects/1/data?view=flat")
	b.Sees("line")
	b.Click(odd)
	b.Until("the value", `document.querySelector('[data-testid=value]')?.textContent === `+chromium.Quote(odd+"\n\t\u0007"+odd))
	shows("a value as text")
	b.Click("Raw")
	shows("a value as it is stored")
	b.Click("Delete key")
	shows("the dialog")
	b.Click("Cancel")
	b.Click("many")
	b.Until("many odd characters", fmt.Sprintf(`document.querySelector('[data-testid=value]')?.textContent === %s`, chromium.Quote(strings.Repeat(`a\u202e`, 5000))))
	b.Click("line\nline")
	b.Until("the name in one line", `document.querySelector('.key .odd')?.dataset.shown === '\\n'`)
}
