// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestPictures walks through the states of every page of a server in use, on a narrow and a wide screen. With
// TEMPSKV_PICTURES, which names a folder, it writes a picture of each, in both themes.
func TestPictures(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	fillShop(t, s)
	fillMore(t, s)
	backUpShop(t, s)
	useShop(t, s)
	v := newViewer(t, s, 20)
	signIn(v.Page, s)
	v.data()
	v.changes()
	v.transfers()
	v.pages()
	v.project()
	v.dialogs()
	v.overview()
	v.loading()
	v.unreachable()
}

// TestPicturesAtFirst is TestPictures of a server that nobody has used.
func TestPicturesAtFirst(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	v := newViewer(t, s, 0)
	v.beforeAnything()
	v.firstProject()
}

// TestPicturesOfRedis is TestPictures of what only an engine other than embedded has.
func TestPicturesOfRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "external", "redis_url": redis.URL})
	s.CreateProject("shop")
	if err := redis.Client().HSet(t.Context(), "kv:p1:basket:42", "field", "value").Err(); err != nil {
		t.Fatal(err)
	}
	v := newViewer(t, s, 90)
	signIn(v.Page, s)
	v.open("redis-settings", "/settings", "Address or password")
	v.open("redis-other-type", "/projects/1/data?key=basket%3A42", "not shown here")
	v.open("redis-overview", "/", "Projects, the busiest first")
}

// viewer looks at states of pages.
type viewer struct {
	*chromium.Page
	s     *e2e.Server
	drawn bool // pictures are wanted
	n     int  // states so far
}

func newViewer(t *testing.T, s *e2e.Server, n int) *viewer {
	t.Helper()
	return &viewer{Page: chromium.Open(t, s.URL), s: s, drawn: os.Getenv("TEMPSKV_PICTURES") != "", n: n}
}

// open opens an address, and looks at it once it shows the texts.
func (v *viewer) open(name, path string, texts ...string) {
	v.T.Helper()
	v.Navigate(path)
	v.see(name, texts...)
}

// see looks at the page as it is, once it shows the texts.
func (v *viewer) see(name string, texts ...string) {
	v.T.Helper()
	v.Sees(texts...)
	v.n++
	themes := []string{"light"} // in which the layout is that of both
	if v.drawn {
		themes = []string{"light", "dark"}
	}
	for _, width := range []int64{1280, 390} {
		for _, theme := range themes {
			full := fmt.Sprintf("%02d-%s-%d-%s", v.n, name, width, theme)
			v.Look(width, theme)
			fits(v.Page, full)
			v.whole(full)
			v.Until("line numbers next to their lines", `(() => {
				const tops = (what) => [...document.querySelectorAll(what)].map((e) => Math.round(e.getBoundingClientRect().top));
				const numbers = tops('.cm-lineNumbers .cm-gutterElement');
				return tops('.cm-line').every((top) => numbers.some((n) => Math.abs(n - top) < 3));
			})()`)
			v.ShootWhole(full)
		}
	}
	v.Look(1280, "light")
}

// whole fails the test where a box has to be scrolled sideways, other than code, a word of usual length is broken, or a dialog cannot
// be seen, which keeps everything else from being used.
func (v *viewer) whole(name string) {
	v.T.Helper()
	for _, fault := range chromium.Eval[[]string](v.Page, `(() => {
		const faults = [], code = 'pre, code, .mono, .cm-editor, .key, .preview, .secret, option';
		for (const e of document.querySelectorAll('main *, header *, dialog *')) {
			if (e.checkVisibility() && /auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1 && !e.closest(code)) faults.push(e.tagName + '.' + e.className + ' scrolls sideways');
		}
		for (const e of document.querySelectorAll('dialog[open]')) if (!e.checkVisibility()) faults.push('a dialog is open, but not shown');
		const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (let t; (t = texts.nextNode());) {
			if (!t.parentElement.checkVisibility() || t.parentElement.closest(code + ', .hidden')) continue;
			for (const { 0: word, index } of t.data.matchAll(/[\p{L}\p{N}]{2,16}(?![\p{L}\p{N}])/gu)) {
				const range = document.createRange();
				range.setStart(t, index);
				range.setEnd(t, index + word.length);
				if (new Set([...range.getClientRects()].map((r) => Math.round(r.bottom))).size > 1) faults.push('"' + word + '" is broken');
			}
		}
		return faults;
	})()`) {
		v.T.Errorf("%s: %s", name, fault)
	}
}

// beforeAnything looks at a server that nobody has used.
func (v *viewer) beforeAnything() {
	v.T.Helper()
	v.open("sign-in", "/", "Sign in", "API key")
	v.Fill("API key", "tk_wrong")
	v.Click("Sign in")
	v.see("sign-in-failed", "This API key is not valid")
	v.open("sign-in-link-used", "/setup#su_0123456789abcdef", "This link does not work any more")
	signIn(v.Page, v.s)
	v.see("overview-off", "KV Storage is not enabled yet")
	v.open("projects-none", "/projects", "No project yet")
	v.open("engine-embedded", "/settings", "Enable KV Storage")
	v.Click("Managed Redis")
	v.see("engine-managed", "Redis version")
	v.Click("Your Redis")
	v.see("engine-external", "Redis URL")
	v.open("backups-off", "/backups", "Back up now")
}

// firstProject looks at what a server on which nothing is stored offers.
func (v *viewer) firstProject() {
	v.T.Helper()
	v.s.Enable(e2e.Object{"engine": "embedded", "max_memory": "256mb"})
	v.open("overview-empty", "/", "Create a project", "Copy three lines")
	v.Click("Create project")
	v.see("overview-first-lines", "my-app is ready")
	v.open("project-empty", "/projects/1/overview", "Traffic")
	v.open("data-empty", "/projects/1/data", "No keys yet")
	v.open("tokens-one", "/projects/1/tokens", "first steps")
	v.open("backups-none", "/backups", "No backup yet")
	v.open("audit-short", "/audit", "Created a project")
	v.s.Admin().Must(v.T, "DELETE", "/api/kv/disable", nil, nil)
	v.open("engine-off", "/settings", "KV Storage is off")
}

// pages looks at the pages of the server.
func (v *viewer) pages() {
	v.T.Helper()
	v.open("projects-many", "/projects", "shop", "blog")
	v.open("settings", "/settings", "What runs", "Disable")
	v.open("backups", "/backups", "On time", "By the schedule")
	v.Click("Change schedule")
	v.see("backups-schedule", "Save schedule")
	v.open("api-keys", "/api-keys", "ci", "Signed-in browsers")
	v.open("audit", "/audit", "Created a project")
	v.Fill("Filter", "nothing like this")
	v.see("audit-no-match", "Nothing matches")
	v.open("system", "/system", "Data directory", "max-value")
	v.open("no-address", "/nothing", "There is nothing at this address")
	v.open("no-project", "/projects/77/data", "There is no project 77")
}

// project looks at the tabs of a project.
func (v *viewer) project() {
	v.T.Helper()
	v.open("project-overview", "/projects/1/overview", "Traffic")
	v.open("tokens", "/projects/1/tokens", "web server")
	v.open("tokens-none", "/projects/2/tokens", "No token yet")
	v.open("project-settings", "/projects/1/settings", "Limits", "Delete project")
	v.Choose("Keys", "Own limit")
	v.Fill("Limit: keys", "many")
	v.see("project-limits-wrong", "not a number")
	v.open("connect", "/projects/1/connect", "A token for this project")
	v.Click("Make a token")
	v.see("connect-curl", "Make another")
	for _, language := range []string{"TypeScript", "Go", "Python", "CLI", ".env"} {
		v.Click(language)
		v.see("connect-" + language)
	}
}

// dialogs looks at what asks, and at what is shown once.
func (v *viewer) dialogs() {
	v.T.Helper()
	v.Navigate("/projects")
	v.Click("Create project")
	v.see("dialog-project", "Create a project")
	v.Navigate("/projects/1/tokens")
	v.Click("Create token")
	v.see("dialog-token", "Read only")
	v.Fill("Name", "worker")
	v.Click("Create")
	v.see("dialog-token-made", "Your new token")
	v.Click("Done")
	v.Click("Revoke worker")
	v.see("dialog-token-revoke", "Revoke worker?")
	v.Navigate("/projects/1/settings")
	v.Click("Delete project")
	v.see("dialog-project-delete", "Type shop to confirm")
	v.Navigate("/api-keys")
	v.Click("Create API key")
	v.see("dialog-api-key", "Permissions")
	v.Choose("Keys of which projects", "Only these projects")
	v.see("dialog-api-key-projects", longName)
	v.Navigate("/backups")
	whole, _ := scheduled(v.s)
	v.Click("Restore " + whole)
	v.Click("Replace existing keys, after backing them up")
	v.see("dialog-restore", "Type replace to confirm")
	v.Navigate("/settings")
	v.Fill("Max memory", "much")
	v.Click("Update")
	v.see("settings-refused", "must be an amount of memory")
	v.Click("Disable KV Storage")
	v.see("dialog-disable", "The data is kept.")
	v.Navigate("/")
	v.Sees("Projects, the busiest first")
	v.Do("open the palette", chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	v.see("palette", "Documentation")
	v.Fill("Page, project or action", "zzz")
	v.see("palette-nothing", "Nothing is called that.")
}

// overview looks at the figures of a server in use. Pictures are taken once there is a line to draw.
func (v *viewer) overview() {
	v.T.Helper()
	if v.drawn {
		awaitFigures(v.T, v.s)
	}
	v.open("overview-1h", "/", "Operations per second", "Slowest operations")
	v.Click("15 min")
	v.see("overview-15min", "Operations per second")
	v.Click("24 hours")
	v.see("overview-24h", "Operations per second")
	// A server that has run for a day.
	chromium.Eval[bool](v.Page, `(() => {
		const ask = window.fetch;
		window.fetch = async (request) => {
			const answer = await ask(request);
			if (!request.url?.includes('/stats')) return answer;
			const stats = await answer.json(), model = stats.steps.at(-1) ?? { reads: 40, writes: 20, refused: 0, faults: 0, p50_ms: 0.2, p99_ms: 0.9 }, end = Date.now();
			stats.steps = Array.from({ length: 86400 / stats.step_seconds }, (_, i, now = Math.sin(i / 40) + 2 + Math.sin(i * 7) / 4) => ({ ...model, time: new Date(end - (86400 - i * stats.step_seconds) * 1000).toISOString(), reads: Math.round(model.reads * now), writes: Math.round(model.writes * now / 2), p50_ms: model.p50_ms && model.p50_ms * now, p99_ms: model.p99_ms && model.p99_ms * now * now }));
			return new Response(JSON.stringify(stats), { headers: answer.headers });
		};
		return true;
	})()`)
	v.Click("15 min")
	v.Click("24 hours")
	v.see("overview-full-day", "Operations per second")
	v.Click("shop")
	v.see("project-full-day", "Traffic")
}

// loading looks at pages whose answers have not come.
func (v *viewer) loading() {
	v.T.Helper()
	v.Navigate("/api-keys")
	v.Sees("ci")
	chromium.Eval[bool](v.Page, `(window.fetch = () => new Promise(() => {}), true)`)
	for _, page := range []string{"Overview", "Projects", "Backups", "Audit", "System"} {
		v.Click(page)
		v.Until("a skeleton", `(() => { const e = document.querySelector('.skeleton'); return e !== null && getComputedStyle(e).opacity === '1' })()`)
		v.see("loading-" + page)
	}
}

// unreachable looks at pages whose server has gone.
func (v *viewer) unreachable() {
	v.T.Helper()
	v.Navigate("/projects/1/data")
	v.Sees("greeting")
	v.s.Kill()
	v.Click("greeting")
	v.see("unreachable-data", "The server does not answer. Trying again…")
	v.Click("Audit")
	v.see("unreachable-page", "The server does not answer")
}

// awaitFigures waits until there is a line to draw.
func awaitFigures(t *testing.T, s *e2e.Server) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); <-time.After(time.Second) {
		var stats struct{ Steps []any }
		if s.Admin().Must(t, "GET", "/api/kv/stats", nil, &stats); len(stats.Steps) >= 12 {
			return
		}
	}
	t.Fatal("there are no figures")
}
