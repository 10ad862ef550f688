// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// opensDeepKeys opens keys that are in thousands of folders, as far as their names go.
func opensDeepKeys(b *chromium.Page, u user) {
	deep := strings.Repeat("a:", 1500) + "z"
	u.store(b, map[string]string{deep: `"found"`, strings.Repeat("a:", 16_000): `1`, "b:c": "1"})
	b.Navigate(u.data + "?key=" + deep)
	b.Sees("found", "3 keys")
	b.Until("the folders that they are in, and their rows", `document.querySelector('[role=treegrid]').ariaRowCount === '35'`)
	check(b, "Choose all in a:")
	b.Sees("2 keys chosen")
	fits(b, "deep keys")
}

// choosesManyFolders chooses a folder with more folders in it than a call may have arguments.
func choosesManyFolders(b *chromium.Page, u user) {
	const folders = 130_000
	for from := 0; from < folders; from += 1000 {
		entries := map[string]string{}
		for i := from; i < from+1000; i++ {
			entries[fmt.Sprintf("user:%d:x", i)] = "1"
		}
		u.store(b, entries)
	}
	b.Navigate(u.data)
	b.Click("Load all")
	awaitLong(b, "all keys", `document.querySelector('[data-testid=count]')?.textContent === '130,000 keys'`)
	check(b, "Choose all in user:")
	b.Sees("130,000 keys chosen")
}

// seesLongNames gives a project and a key the longest names, without a place to break a line.
func seesLongNames(b *chromium.Page, u user) {
	name := strings.Repeat("W", 200)
	u.server.Admin().Must(b.T, http.MethodPatch, fmt.Sprintf("/api/projects/%d", u.project), e2e.Object{"name": name}, nil)
	u.store(b, map[string]string{strings.Repeat("k", 30_000): quoted(strings.Repeat("v", 30_000))})
	project := strings.TrimSuffix(u.data, "/data")
	for _, width := range []int64{1280, 390} {
		b.Look(width, "light")
		for _, path := range []string{"/", "/projects", project + "/overview", u.data + "?view=flat", project + "/tokens", project + "/connect", project + "/settings"} {
			b.Navigate(path)
			b.Until(path, `document.querySelector('h1') !== null && document.querySelector('.skeleton') === null`)
			b.Until("charts that fit", `document.documentElement.scrollWidth <= innerWidth`)
			b.Shoot(fmt.Sprintf("long-%s-%d", path, width))
		}
		b.Click("Delete project")
		b.Sees("This deletes 1 key")
		inSight(b, fmt.Sprintf("deleting at %d", width))
		b.Shoot(fmt.Sprintf("long-delete-%d", width))
		press(b, kb.Escape)
		b.Until("the end of the dialog", `document.querySelector('dialog') === null`)
		press(b, "k", chromedp.ModifierCtrl)
		b.Fill("Page, project or action", "WWW")
		b.Until("the project", `document.querySelectorAll('[role=option]').length > 3`)
		inSight(b, fmt.Sprintf("palette at %d", width))
		b.Until("options within the palette", `[...document.querySelectorAll('[role=option]')].every((o) => o.scrollWidth <= o.clientWidth + 1)`)
		b.Shoot(fmt.Sprintf("long-palette-%d", width))
		press(b, kb.Escape)
		b.Navigate(u.data + "?view=flat")
		b.Click(strings.Repeat("k", 300))
		b.Sees("29.3 KB")
		fits(b, fmt.Sprintf("a long key at %d", width))
		b.Shoot(fmt.Sprintf("long-key-%d", width))
	}
}

// editsLargeValues edits a value of a MiB, in tens of thousands of lines.
func editsLargeValues(b *chromium.Page, u user) {
	large := `[` + strings.Repeat(`{"id":1.0,"<b>":"javascript:alert(1)"},`, 26_000) + `0]`
	u.store(b, map[string]string{"large": large})
	b.Navigate(u.data + "?key=large")
	b.Sees("Shown: 64 KB of ")
	b.Click("Load the rest")
	b.Sees("Edit")
	b.Click("JSON")
	editing(b)
	press(b, kb.End, chromedp.ModifierCtrl)
	press(b, " ")
	press(b, "\r", chromedp.ModifierCtrl)
	b.Misses("Its time to live is kept.")
	b.Sees("Edit")
	u.server.Admin().Expect(b.T, "get", e2e.Object{"project_id": u.project, "key": "large"}, `{"value":`+large+`}`)
	editNew(b, strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000))
	b.Sees("Not JSON yet: line 1, column 65: ")
}

// editNew types the value of a new key, as JSON.
func editNew(b *chromium.Page, value string) {
	b.T.Helper()
	b.Click("Add key")
	b.Fill("Key", "new")
	b.Click("JSON")
	b.Until("the editor", `document.querySelector('dialog .cm-content') !== null`)
	b.Fill("Value", value)
}

// editsInTwoWindows edits a key that another window changes meanwhile.
func editsInTwoWindows(b *chromium.Page, u user) {
	u.store(b, map[string]string{"a": `"before"`})
	b.Navigate(u.data + "?key=a")
	editing(b)
	press(b, "x")
	other := b.Tab(b.T)
	other.Navigate(u.data + "?key=a")
	editing(other)
	press(other, "y")
	press(other, "\r", chromedp.ModifierCtrl)
	other.Until("the value of the other", `document.querySelector('[data-testid=value]')?.textContent === 'ybefore'`)
	b.Click("Save")
	b.Sees("This value was changed while you edited it.")
	b.Click("Save anyway")
	b.Until("the value", `document.querySelector('[data-testid=value]')?.textContent === 'xbefore'`)
	u.server.Admin().Expect(b.T, "get", e2e.Object{"project_id": u.project, "key": "a"}, `{"value":"xbefore"}`)
}

// TestDashboardShowsDeepJSON shows what another client of Redis nested deeper than the API allows.
func TestDashboardShowsDeepJSON(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "external", "redis_url": redis.URL})
	s.CreateProject("shop")
	const levels = 10_000
	if err := redis.Client().Set(t.Context(), "kv:p1:deep", strings.Repeat("[", levels)+"7"+strings.Repeat("]", levels), 0).Err(); err != nil {
		t.Fatal(err)
	}
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Navigate("/projects/1/data?key=deep")
	b.Sees("Too many levels to be formatted or edited")
	b.Until("the value as it is stored", `document.querySelector('[data-testid=value]')?.textContent.includes('[[7]]')`)
	b.Until("no way to edit it", `[...document.querySelectorAll('button')].every((e) => e.innerText !== 'Edit')`)
}

// TestDashboardWhereThingsEnd ends the session in the middle of an edit, and the server in the middle of an import.
func TestDashboardWhereThingsEnd(t *testing.T) {
	t.Parallel()
	s, b := shopWith(t, e2e.Object{"key": "a", "value": "before"})
	b.Click("a")
	editing(b)
	press(b, "x")
	var list struct{ Sessions []struct{ ID string } }
	s.Admin().Must(t, http.MethodGet, "/api/sessions", nil, &list)
	for _, session := range list.Sessions {
		s.Admin().Must(t, http.MethodDelete, "/api/sessions/"+session.ID, nil, nil)
	}
	b.Click("Save")
	b.Sees("Your session has ended.")
	b.Fill("API key", e2e.AdminKey)
	b.Click("Sign in")
	b.Sees("These are your changes from before, which are not saved.")
	b.Click("Save")
	b.Until("the value", `document.querySelector('[data-testid=value]')?.textContent === 'xbefore'`)

	chooseImport(b, 3000)
	hold(b, "/api/kv/mset", 1)
	b.Click("Import")
	b.Sees("1,000 keys imported so far…")
	s.Kill()
	release(b)
	b.Sees("Stopped: 1,000 keys imported.", "The server does not answer")
	s = s.Restart("--addr", s.Address())
	b.Misses("Trying again…")
	b.Click("Close")
	b.Until("what was imported", `/^1,00[01] keys/.test(document.querySelector('[data-testid=count]').textContent)`)
	user{s, 1, "/projects/1/data"}.has(b, 1000)
}
