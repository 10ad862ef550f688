// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// shopWith starts a service with one project, which has these entries, and opens its data.
func shopWith(t *testing.T, entries ...e2e.Object) (*e2e.Server, *chromium.Page) {
	t.Helper()
	s := e2e.Serve(t, t.TempDir())
	s.Admin().Must(t, "POST", "/api/kv/enable", e2e.Object{"engine": "embedded"}, nil)
	s.Admin().Must(t, "POST", "/api/projects", e2e.Object{"name": "shop"}, nil)
	if len(entries) > 0 {
		s.Admin().Must(t, "POST", "/api/kv/mset", e2e.Object{"project_id": 1, "entries": entries}, nil)
	}
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Navigate("/projects/1/data")
	return s, b
}

// keyRow is what the list says of a key or folder, cell by cell.
func keyRow(name string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('[role=row]')].map((r) => [...r.querySelectorAll('[role=gridcell]')].map((c) => c.innerText.trim()).join(' | ')).find((r) => r.startsWith(%s))`, chromium.Quote(name+" | "))
}

// check ticks the box of that name, or unticks it.
func check(b *chromium.Page, name string) {
	b.T.Helper()
	b.ClickOn("the box "+name, fmt.Sprintf(`(within) => [...within.querySelectorAll('input[type=checkbox]')].filter((e) => e.ariaLabel === %s)`, chromium.Quote(name)))
}

// TestDashboardListsWhatKeysHold looks at types, sizes and times to live, and sorts by them.
func TestDashboardListsWhatKeysHold(t *testing.T) {
	t.Parallel()
	_, b := shopWith(t,
		e2e.Object{"key": "object", "value": e2e.Object{"a": 1}}, e2e.Object{"key": "text", "value": strings.Repeat("x", 3000)},
		e2e.Object{"key": "number", "value": 10, "ex": 9000}, e2e.Object{"key": "yes", "value": true, "ex": 90_000},
		e2e.Object{"key": "none", "value": nil}, e2e.Object{"key": "soon", "value": []int{}, "ex": 170})
	b.Sees("6 keys")
	for name, want := range map[string]string{
		"object": `object \| object \| 7 B \| –`, "text": `text \| text \| 2\.9 KB \| –`, "number": `number \| number \| 2 B \| 2 h (2[6-9]|30) min`,
		"yes": `yes \| true/false \| 4 B \| 1 d`, "none": `none \| null \| 4 B \| –`,
	} {
		b.Until(want, fmt.Sprintf(`new RegExp(%s).test(%s)`, chromium.Quote("^"+want+"$"), keyRow(name)))
	}
	b.Until("a key that expires soon", `(window.before = `+keyRow("soon")+`).endsWith(' s')`)
	b.Until("its time to live counting down", keyRow("soon")+` !== window.before`)
	first := func(head, name string) {
		t.Helper()
		b.ClickOn("the head "+head, fmt.Sprintf(`(within) => [...within.querySelectorAll('[role=columnheader] button')].filter((e) => e.innerText.startsWith(%s))`, chromium.Quote(head)))
		b.Until(name+" first by "+head, fmt.Sprintf(`document.querySelector('[role=rowgroup] [aria-rowindex="1"] button').innerText === %s`, chromium.Quote(name)))
	}
	first("Size", "number")
	first("Size", "text")
	first("Name", "none")
	first("Name", "yes")
	first("Time to live", "soon")
	first("Time to live", "none")
}

// TestDashboardFindsInsideOfKeys is offered a search for a text anywhere in keys, where none begins with it.
func TestDashboardFindsInsideOfKeys(t *testing.T) {
	t.Parallel()
	_, b := shopWith(t, e2e.Object{"key": "cart:7[a]:items", "value": 1}, e2e.Object{"key": "user:7", "value": 1})
	b.Sees("2 keys")
	b.Do("press /", chromedp.KeyEvent("/"))
	b.Until("the focus in the search", `document.activeElement.id === 'pattern'`)
	b.Fill("Pattern", "items")
	b.Click("Find")
	b.Sees("No key begins with items.")
	b.Click("Find keys that contain it")
	b.Sees("1 key", "cart:")
	b.Misses("user:")
	b.Until("the pattern in the address", `['?pattern=*items*', '?pattern=%2Aitems%2A'].includes(location.search) && location.pathname === '/projects/1/data'`)
	b.Fill("Pattern", "user")
	b.Do("press Enter", chromedp.KeyEvent("\r"))
	b.Sees("user:")
	b.Do("press the arrow down", chromedp.KeyEvent(kb.ArrowDown))
	b.Until("the focus on what was found", `document.activeElement.closest('[data-index="0"]') !== null`)
}

// TestDashboardChangesManyKeys chooses a folder, gives its keys an expiry and deletes them, after it has shown which.
func TestDashboardChangesManyKeys(t *testing.T) {
	t.Parallel()
	entries := []e2e.Object{{"key": "other", "value": 1}}
	for i := range 12 {
		entries = append(entries, e2e.Object{"key": fmt.Sprintf("cart:%d", i), "value": i})
	}
	s, b := shopWith(t, entries...)
	b.Sees("13 keys")
	check(b, "Choose all in cart:")
	b.Sees("12 keys chosen")
	b.Click("Expire 12 chosen")
	b.Sees("When do 12 keys expire?", "cart:0", "and 6 more")
	b.Fill("Time to live", "2")
	b.Choose("Unit", "hours")
	b.Click("Change")
	b.Click("cart:")
	b.Until("an expiry in two hours", keyRow("11")+`.endsWith(' min')`)
	s.Admin().Expect(t, "persist", e2e.Object{"project_id": 1, "key": "cart:11"}, `{"result":1,"success":true}`)
	s.Admin().Expect(t, "persist", e2e.Object{"project_id": 1, "key": "other"}, `{"result":0,"success":false}`)
	b.Click("Expire 12 chosen")
	b.Click("They never expire")
	b.Click("Change")
	b.Until("no expiry", keyRow("10")+`.endsWith('–')`)
	check(b, "Choose cart:3")
	b.Sees("11 keys chosen")
	b.Until("a folder chosen in part", `document.querySelector('[aria-label="Choose all in cart:"]').indeterminate`)
	b.Click("Delete 11 chosen")
	b.Sees("Delete 11 keys?", "This cannot be undone.")
	b.Click("Delete")
	b.Sees("2 keys")
	s.Admin().Expect(t, "exists", e2e.Object{"project_id": 1, "keys": []string{"cart:3", "other", "cart:1"}}, `{"exists":2}`)
	b.Click("3")
	b.Until("the value", `document.querySelector('[data-testid=value]')?.textContent.includes('3')`)
	b.Do("press Escape", chromedp.KeyEvent("\x1b"))
	b.Sees("No key chosen")
}

// TestDashboardKeepsValuesAndDrafts edits values: no byte of them changes that was not typed, and what is not saved is kept.
func TestDashboardKeepsValuesAndDrafts(t *testing.T) {
	t.Parallel()
	s, b := shopWith(t, e2e.Object{"key": "other", "value": "plain"})
	const odd = `{"big":12345678901234567890,"float":1.50,"exp":1E5,"text":"a\u00e9\/\ud83d","dup":1,"dup":2}`
	s.Admin().Must(t, "POST", "/api/kv/set", `{"project_id":1,"key":"odd","value":`+odd+`}`, nil)
	s.Admin().Must(t, "POST", "/api/kv/set", `{"project_id":1,"key":"lines","value":"a\r\nb\u0041"}`, nil)
	b.Navigate("/projects/1/data")
	b.Click("odd")
	b.Sees("object", `12345678901234567890`)
	b.Click("Edit")
	b.Until("the editor", `document.activeElement.isContentEditable`)
	b.Do("go to the end", chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.Do("type", chromedp.KeyEvent("x"))
	b.Sees("Not JSON yet: line 8, column 2: nothing may follow the value.")
	b.Click("Save")
	b.Sees("This is not JSON: line 8, column 2: nothing may follow the value.")
	b.Misses("Not JSON yet")
	chromium.Eval[bool](b, `(document.querySelector('.cm-content').focus(), true)`)
	b.Until("the editor", `document.activeElement.isContentEditable`)
	b.Do("go to the end", chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.Do("type", chromedp.KeyEvent("y"))
	b.Sees("Not JSON yet: line 8, column 2: nothing may follow the value.")
	b.Misses("This is not JSON")
	b.Do("type", chromedp.KeyEvent("\b\b"))
	b.Misses("Not JSON yet")
	b.Do("type", chromedp.KeyEvent(" "))
	b.Do("save", chromedp.KeyEvent("\r", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.Sees("Edit", "Copy value")
	s.Admin().Expect(t, "get", e2e.Object{"project_id": 1, "key": "odd"}, `{"value":`+odd+`}`)

	b.Click("lines")
	b.Click("Edit")
	b.Until("the editor", `document.activeElement.isContentEditable`)
	b.Do("type", chromedp.KeyEvent("c"))
	b.Click("other")
	b.Until("the other value", `document.querySelector('[data-testid=value]')?.textContent === 'plain'`)
	b.Click("lines")
	b.Sees("These are your changes from before, which are not saved.")
	b.Click("Save")
	b.Until("the value", `document.querySelector('[data-testid=value]')?.textContent.replaceAll('\\r', '').startsWith('ca')`)
	s.Admin().Expect(t, "get", e2e.Object{"project_id": 1, "key": "lines"}, `{"value":"ca\r\nbA"}`)
	b.Click("Edit")
	b.Until("the editor", `document.activeElement.isContentEditable`)
	b.Do("type", chromedp.KeyEvent("d"))
	b.Click("other")
	b.Until("the other value", `document.querySelector('[data-testid=value]')?.textContent === 'plain'`)
	b.Click("lines")
	b.Click("Discard them")
	b.Until("the stored value", `document.querySelector('[data-testid=value]')?.textContent.startsWith('ca')`)
}

// TestDashboardNamesOtherTypes shows a hash of another client of Redis as what it is.
func TestDashboardNamesOtherTypes(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := e2e.Serve(t, t.TempDir())
	s.Admin().Must(t, "POST", "/api/kv/enable", e2e.Object{"engine": "external", "redis_url": redis.URL}, nil)
	s.Admin().Must(t, "POST", "/api/projects", e2e.Object{"name": "shop"}, nil)
	if err := redis.Client().HSet(t.Context(), "kv:p1:h", "field", "value").Err(); err != nil {
		t.Fatal(err)
	}
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Navigate("/projects/1/data")
	b.Until("the type", keyRow("h")+` === 'h | Redis hash |  | –'`)
	b.Click("h")
	b.Sees("Hash of Redis: not shown here", "does not expire")
	b.Click("Delete key")
	b.Click("Delete")
	b.Sees("No keys yet")
}

// TestDashboardImportsAndExports takes keys from a file, with errors by line, and brings them back as a file.
func TestDashboardImportsAndExports(t *testing.T) {
	t.Parallel()
	s, b := shopWith(t, e2e.Object{"key": "kept", "value": "mine"})
	dir := t.TempDir()
	lines := `{"key":"a","value":{"big":12345678901234567890.0}}
{"key":"b","value":[1,2}
not JSON

{"key":"kept","value":"theirs"}
{"value":1}
{"key":"","value":1}
{"key":"t","text":"plain","expires_at":` + strconv.FormatInt(time.Now().Add(24*time.Hour).UnixMilli(), 10) + `}
{"key":"past","value":1,"expires_at":1000}
{"key":"l","type":"list","dump":"AQI="}
{"end":{"keys":4}}
`
	file := filepath.Join(dir, "keys.ndjson")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Sees("1 key")
	b.Click("Import")
	b.Mark("the file", `(within) => [within.querySelector('input[type=file]')]`)
	b.Do("choose a file", chromedp.SetUploadFiles(chromedp.CSS("[data-mark]"), []string{file}))
	b.Click("Leave keys alone that exist already. Otherwise they are replaced.")
	b.Click("Import")
	b.Sees("2 keys imported. 1 key existed already. 1 key had expired.", "5 lines were left out",
		"Line 2: not a JSON object (column 24: a comma or ] is expected here).", "Line 3: not a JSON object.",
		`Line 6: it has no "key" that is a text.`, "Line 7: a key must have 1 byte to 32 KB.", "Line 10: it is a list of Redis, which only a backup restores.")
	b.Click("Close")
	b.Sees("3 keys")
	s.Admin().Expect(t, "mget", e2e.Object{"project_id": 1, "keys": []string{"a", "kept", "t"}}, `{"values":[{"big":12345678901234567890.0},"mine","plain"]}`)

	b.Do("keep downloads", chromium.Protocol(cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir}))
	b.Click("Export")
	b.Sees("Export all keys")
	b.Click("Export")
	b.Sees("3 keys exported.")
	e2e.Eventually(t, "the file", func() string {
		found, _ := filepath.Glob(filepath.Join(dir, "shop-*.ndjson"))
		if len(found) != 1 {
			return fmt.Sprint(found)
		}
		text, err := os.ReadFile(found[0])
		if want := `{"key":"a","value":{"big":12345678901234567890.0}}` + "\n"; err != nil || !strings.HasPrefix(string(text), want) || !strings.HasSuffix(string(text), `{"end":{"keys":3}}`+"\n") {
			return fmt.Sprintf("%v %s", err, text)
		}
		return ""
	})
}

// TestDashboardGoesElsewhere uses the command palette, the switch between projects and that of the theme.
func TestDashboardGoesElsewhere(t *testing.T) {
	t.Parallel()
	s, b := shopWith(t)
	s.Admin().Must(t, "POST", "/api/projects", e2e.Object{"name": "blog"}, nil)
	b.Navigate("/projects/1/data")
	b.Choose("Project", "blog")
	b.Until("the other project", `location.pathname === '/projects/2/data'`)
	b.Do("open the palette", chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.Fill("Page, project or action", "shop da")
	b.Until("one found", `document.querySelectorAll('[role=option]').length === 1`)
	b.Do("press Enter", chromedp.KeyEvent("\r"))
	b.Until("the first project", `location.pathname === '/projects/1/data' && !document.querySelector('dialog')`)
	b.Click("Dark")
	b.Until("the dark theme", `getComputedStyle(document.body).backgroundColor === 'rgb(17, 21, 20)'`)
	b.Navigate("/projects")
	b.Sees("blog")
	b.Until("the theme after loading", `document.documentElement.dataset.theme === 'dark'`)
	b.Click("Auto")
	b.Until("the theme of the system", `document.documentElement.dataset.theme === 'light'`)
}

// TestDashboardTellsNamesakesApart has two projects of one name.
func TestDashboardTellsNamesakesApart(t *testing.T) {
	t.Parallel()
	s, b := shopWith(t)
	for _, name := range []string{"blog", "shop"} {
		s.Admin().Must(t, "POST", "/api/projects", e2e.Object{"name": name}, nil)
	}
	s.Admin().Must(t, "POST", "/api/api-keys", e2e.Object{"name": "ci", "permissions": []string{"KvRead"}, "project_ids": []int{2, 3}}, nil)
	b.Navigate("/")
	b.Sees("shop (1)", "shop (3)", "blog")
	b.Misses("blog (2)")
	b.Navigate("/api-keys")
	b.Sees("blog, shop (3)")
	b.Navigate("/projects/1/data")
	b.Choose("Project", "shop (3)")
	b.Until("the other project", `location.pathname === '/projects/3/data'`)
	b.Do("open the palette", chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.Fill("Page, project or action", "shop: data")
	b.Until("both found", `[...document.querySelectorAll('[role=option]')].map((e) => e.innerText.replaceAll('\n', ' ')).join() === 'shop: Data Project 1,shop: Data Project 3'`)
}
