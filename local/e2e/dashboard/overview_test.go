// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// row waits for a row of a table by the name of the table and the text of its first cell, and returns its cells.
func row(b *chromium.Page, table, first string) []string {
	b.T.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll('table[aria-label=%s] tbody tr')].map((r) => [...r.cells].map((c) => c.innerText.trim())).find((c) => c[0].startsWith(%s))`,
		chromium.Quote(table), chromium.Quote(first))
	b.Until(first+" in "+table, find+" !== undefined")
	return chromium.Eval[[]string](b, find)
}

// tile waits for a tile with this label, figure and note.
func tile(b *chromium.Page, want string) {
	b.T.Helper()
	b.Until(want, fmt.Sprintf(`[...document.querySelectorAll('.tile')].some((t) => t.innerText.replaceAll('\n', ' | ') === %s)`, chromium.Quote(want)))
}

// TestOverviewFirstSteps begins with an empty server: it offers a project, and three lines that work as they stand.
func TestOverviewFirstSteps(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Sees("What to do next", "Create a project", "Copy three lines")
	b.Fill("Name of the project", "shop")
	b.Click("Create project")
	b.Sees("shop is ready")
	got := shell(t, b.Text("[data-testid=snippet-first-lines]"))
	if want := `{"result":"OK"}` + "\n" + `{"value":"hello"}` + "\n" + `{"value":1}`; got != want {
		t.Errorf("the lines are answered %s", got)
	}
	b.Navigate("/")
	b.Sees("Projects, the busiest first")
	b.Misses("What to do next")
}

// TestOverviewFigures makes calls of every kind and finds them in the figures.
func TestOverviewFigures(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir(), "--max-keys", "4")
	s.Enable(e2e.Object{"engine": "embedded", "max_memory": "64mb"})
	s.CreateProject("quiet")
	s.CreateProject("shop")
	kv := func(op string, body e2e.Object) {
		body["project_id"] = 2
		s.Admin().Do(t, http.MethodPost, "/api/kv/"+op, body)
	}
	kv("set", e2e.Object{"key": "a", "value": strings.Repeat("x", 4000)})
	kv("set", e2e.Object{"key": "b", "value": 1})
	kv("get", e2e.Object{"key": "a"})
	kv("get", e2e.Object{"key": "a"})
	kv("get", e2e.Object{"key": "a"})
	kv("get", e2e.Object{"key": "missing"})
	kv("incr", e2e.Object{"key": "a"})
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	tile(b, "Hit rate | 75% | 1 of 4 keys were missing")
	tile(b, "Failed | 14% | 1 of 7 operations")
	if got := row(b, "Errors", "The value was not an integer"); got[1] != "1" || !strings.Contains(got[0], "409 not_an_integer") {
		t.Errorf("got %q", got)
	}
	if got := row(b, "Slowest operations", "get"); got[1] != "4" {
		t.Errorf("got %q", got)
	}
	if got := row(b, "Projects", "shop"); got[1] != "7" || got[2] != "1" || got[3] != "2 of 4" || !strings.HasSuffix(got[4], "KB") {
		t.Errorf("got %q", got)
	}
	if first := chromium.Eval[string](b, `document.querySelector('table[aria-label=Projects] tbody tr').cells[0].innerText`); first != "shop" {
		t.Errorf("the busiest is %s", first)
	}

	b.Until("a point for the one step with requests", `document.querySelector('svg[aria-label^=Latency] circle') !== null`)
	chromium.Eval[bool](b, `(() => {
		const chart = document.querySelector('svg[aria-label^=Latency]').parentElement, box = chart.getBoundingClientRect();
		const dot = chart.querySelector('circle');
		chart.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: box.left + Number(dot.getAttribute('cx')), clientY: box.top + 50 }));
		return true;
	})()`)
	b.Until("the values", `/^\d\d:\d\d:\d\d\s+Half within\s+[\d.]+ [mµ]s\s+99% within\s+[\d.]+ [mµ]s$/.test(document.querySelector('.values')?.innerText ?? '')`)

	// A step of 24 hours takes 5 minutes, and may end while the test runs: the page gets the answer of before.
	chromium.Eval[bool](b, `(() => {
		const real = window.fetch;
		window.fetch = async (request, ...rest) => {
			const answer = await real(request, ...rest);
			if (!request.url?.includes('range=24h')) return answer;
			return Response.json({ ...await answer.json(), steps: [] });
		};
		return true;
	})()`)
	b.Click("24 hours")
	b.Until("the chosen range", `document.querySelector('[aria-label="Time range"] [aria-pressed=true]').innerText === '24 hours'`)
	b.Sees("The first figures come within 5 minutes.", "75%")
	b.Until("no operations a second while they are not known", `[...document.querySelectorAll('.tile')].some((e) => /Operations now\s+–\s+the first figures come within 5 minutes/.test(e.innerText))`)
	b.Until("an empty chart", `document.querySelectorAll('.chart circle').length === 0`)
	b.Click("shop")
	b.Sees("Traffic")
	b.Until("the range that was chosen before", `document.querySelector('[aria-label="Time range"] [aria-pressed=true]').innerText === '24 hours'`)
}
