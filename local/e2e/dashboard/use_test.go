// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestUse does what people do again and again, each with its own project and window.
func TestUse(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	browser := chromium.Open(t, s.URL)
	signIn(browser, s)
	for name, use := range map[string]func(b *chromium.Page, u user){
		"copies": copies, "folds": folds, "walks the tree": walksTree, "watches a key expire": watchesExpiry,
		"stops a search": stopsSearch, "stops a deletion": stopsDeletion, "stops an import": stopsImport, "stops an export": stopsExport,
		"leaves with changes": leavesWithChanges, "goes and comes back": goesAndComesBack, "ends with Escape": endsWithEscape,
		"opens deep keys": opensDeepKeys, "chooses many folders": choosesManyFolders, "sees long names": seesLongNames,
		"edits large values": editsLargeValues, "edits in two windows": editsInTwoWindows,
	} {
		id, _ := s.CreateProject(name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			use(browser.Tab(t), user{s, id, fmt.Sprintf("/projects/%d/data", id)})
		})
	}
}

// user has a project.
type user struct {
	server  *e2e.Server
	project int
	data    string // path of its data
}

// store stores values as JSON texts.
func (u user) store(b *chromium.Page, entries map[string]string) {
	b.T.Helper()
	list := make([]string, 0, len(entries))
	for key, value := range entries {
		list = append(list, fmt.Sprintf(`{"key":%s,"value":%s}`, quoted(key), value))
	}
	u.server.Admin().Must(b.T, "POST", "/api/kv/mset", fmt.Sprintf(`{"project_id":%d,"entries":[%s]}`, u.project, strings.Join(list, ",")), nil)
}

// fill stores n keys.
func (u user) fill(b *chromium.Page, n int) {
	b.T.Helper()
	for from := 0; from < n; from += 1000 {
		entries := map[string]string{}
		for i := from; i < min(n, from+1000); i++ {
			entries[fmt.Sprintf("k%05d", i)] = "1"
		}
		u.store(b, entries)
	}
}

// has fails the test unless so many of the keys of fill are left.
func (u user) has(b *chromium.Page, want int) {
	b.T.Helper()
	var held struct{ Keys []string }
	u.server.Admin().Must(b.T, "POST", "/api/kv/keys", e2e.Object{"project_id": u.project, "pattern": "k*"}, &held)
	if len(held.Keys) != want {
		b.T.Errorf("%d keys are left, want %d", len(held.Keys), want)
	}
}

// copies reads the clipboard back, and runs the line that it holds.
func copies(b *chromium.Page, u user) {
	const key, value = `it's "a" key\ $HOME`, `{"big":12345678901234567890.0,"text":"é\u2028"}`
	u.store(b, map[string]string{key: value})
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		b.Do("permit "+name, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.CallBrowser(ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
				Permission: &cdpbrowser.PermissionDescriptor{Name: name}, Setting: cdpbrowser.PermissionSettingGranted,
			})
			return err
		}))
	}
	copied := func(button, begin string) string {
		b.T.Helper()
		b.Click(button)
		b.Sees("Copied")
		b.Until("what was copied", fmt.Sprintf(`navigator.clipboard.readText().then((text) => text.startsWith(%s))`, chromium.Quote(begin)))
		return chromium.Eval[string](b, `navigator.clipboard.readText()`)
	}
	b.Navigate(u.data)
	b.Click(key)
	if got := copied("Copy key", "it's"); got != key {
		b.T.Errorf("got the key %s", got)
	}
	b.Click("Raw")
	if got := copied("Copy value", "{"); got != value {
		b.T.Errorf("got the value %s", got)
	}
	line := copied("Copy as curl", "curl ")
	if got := shell(b.T, "TEMPSKV_TOKEN="+e2e.AdminKey+"\n"+line); got != `{"value":`+value+`}` {
		b.T.Errorf("%s: printed %s", line, got)
	}
}

// folds closes and opens a part of a JSON text, which has line numbers.
func folds(b *chromium.Page, u user) {
	u.store(b, map[string]string{"a": `{"outer":{"inner":[1,2,3]},"last":true}`})
	b.Navigate(u.data + "?key=a")
	numbers := `[...document.querySelectorAll('.cm-lineNumbers .cm-gutterElement')].filter((e) => e.checkVisibility() && e.style.visibility !== 'hidden').map((e) => e.innerText).join(' ')`
	b.Until("the numbers of all lines", numbers+` === '1 2 3 4 5 6 7 8 9 10'`)
	b.ClickOn("the fold of outer", `(within) => [within.querySelectorAll('.cm-foldGutter [title="Fold line"]')[1]]`)
	b.Until("the numbers of what is left", numbers+` === '1 2 9 10'`)
	b.Misses("inner")
	b.Sees(`"last"`)
	b.ClickOn("what is folded", `(within) => [within.querySelector('.cm-foldPlaceholder')]`)
	b.Sees("inner")
}

// walksTree opens, enters, leaves and closes folders by arrows.
func walksTree(b *chromium.Page, u user) {
	u.store(b, map[string]string{"a:b:1": "1", "a:b:2": "1", "c": "1"})
	b.Navigate(u.data)
	b.Sees("3 keys")
	focused := func(name string) {
		b.T.Helper()
		b.Until("the focus on "+name, fmt.Sprintf(`document.activeElement.closest('[role=row]') && document.activeElement.innerText === %s`, chromium.Quote(name)))
	}
	rows := func(want string) {
		b.T.Helper()
		b.Until("the rows "+want, fmt.Sprintf(`[...document.querySelectorAll('.item')].sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((r) => r.querySelector('button').innerText).join(' ') === %s`, chromium.Quote(want)))
	}
	b.Until("a row", `(document.querySelector('.item button').focus(), true)`)
	focused("a:")
	press(b, kb.ArrowRight)
	rows("a: b: c")
	focused("a:")
	press(b, kb.ArrowRight)
	focused("b:")
	press(b, kb.ArrowRight)
	rows("a: b: 1 2 c")
	press(b, kb.ArrowDown)
	focused("1")
	press(b, kb.ArrowDown)
	focused("2")
	press(b, kb.ArrowUp)
	focused("1")
	press(b, "\r")
	b.Until("its value", `document.querySelector('.key')?.innerText === 'a:b:1'`)
	press(b, kb.ArrowLeft)
	focused("b:")
	press(b, kb.ArrowLeft)
	rows("a: b: c")
	focused("b:")
	press(b, kb.ArrowLeft)
	focused("a:")
	press(b, kb.ArrowLeft)
	rows("a: c")
}

// watchesExpiry sees the time to live of an open key count down, to its end.
func watchesExpiry(b *chromium.Page, u user) {
	u.server.Admin().Must(b.T, "POST", "/api/kv/set", e2e.Object{"project_id": u.project, "key": "soon", "value": 1, "ex": 600}, nil)
	b.Navigate(u.data + "?key=soon")
	b.Until("its time to live", `(window.before = document.querySelector('[data-testid=ttl]')?.innerText)?.startsWith('expires in ')`)
	b.Until("it counting down", `document.querySelector('[data-testid=ttl]').innerText !== window.before`)
	b.Click("Change time to live")
	b.Fill("Time to live", "1")
	b.Choose("Unit", "seconds")
	b.Click("Set")
	b.Sees("There is no such key: it expired or was deleted.")
}

// leavesWithChanges is asked before a page with changes is closed, and keeps them where a link leads to another page.
func leavesWithChanges(b *chromium.Page, u user) {
	u.store(b, map[string]string{"a": `"before"`})
	b.Navigate(u.data + "?key=a")
	editing(b)
	press(b, "x")
	b.Click("Tokens")
	b.Sees("Create token")
	b.Click("Data")
	b.Click("a")
	b.Sees("These are your changes from before, which are not saved.")
	leave := func(accept bool) {
		b.T.Helper()
		asked, err := chromedp.Run(b.Context(), chromedp.WaitEvent(page.JavascriptDialogOpening, nil, chromedp.Evaluate[bool](`(setTimeout(() => location.reload()), true)`)))
		if err != nil || asked.Type != page.DialogTypeBeforeunload {
			b.T.Fatalf("leaving the page: %v %v", asked.Type, err)
		}
		b.Do("answer", chromium.Protocol(page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: accept}))
	}
	leave(false)
	b.Sees("These are your changes from before, which are not saved.")
	leave(true)
	b.Until("the value as it is stored", `document.querySelector('[data-testid=value]')?.textContent === 'before'`)
	b.Misses("These are your changes")
	editing(b)
	press(b, "y")
	b.Click("Cancel")
	b.Until("the value", `document.querySelector('[data-testid=value]')?.textContent === 'before'`)
	chromium.Eval[bool](b, `(document.body.append(Object.assign(document.createElement('i'), { id: 'old' })), location.reload(), true)`)
	b.Until("the page again, unasked", `document.getElementById('old') === null && document.querySelector('[data-testid=value]')?.textContent === 'before'`)
}

// goesAndComesBack uses the palette by Cmd-K, and goes back and forth.
func goesAndComesBack(b *chromium.Page, u user) {
	u.store(b, map[string]string{"a": "1"})
	b.Navigate(u.data)
	b.Click("a")
	b.Sees("Copy value")
	press(b, "k", chromedp.ModifierMeta)
	b.Fill("Page, project or action", "aud")
	press(b, "\r")
	b.Sees("Created a project")
	b.Until("the end of the palette", `document.querySelector('dialog') === null`)
	b.Do("go back", chromedp.NavigateBack())
	b.Sees("Copy value")
	b.At(u.data + "?key=a")
	b.Do("go back", chromedp.NavigateBack())
	b.Sees("No key chosen")
	b.Do("go forward", chromedp.NavigateForward())
	b.Sees("Copy value")
	b.Do("go forward", chromedp.NavigateForward())
	b.Sees("Created a project")
}

// endsWithEscape closes what is open, one after the other: the search in the editor, the editor, the key.
func endsWithEscape(b *chromium.Page, u user) {
	u.store(b, map[string]string{"a": `{"x":1}`})
	b.Navigate(u.data + "?key=a")
	editing(b)
	press(b, "f", chromedp.ModifierCtrl)
	b.Until("the search in the editor", `document.activeElement.closest('.cm-search') !== null`)
	press(b, kb.Escape)
	b.Until("the end of the search", `document.querySelector('.cm-search') === null && document.activeElement.isContentEditable`)
	press(b, kb.Escape)
	b.Sees("Copy value")
	b.Until("the end of the editor", `!document.activeElement.isContentEditable`)
	press(b, kb.Escape)
	b.Sees("No key chosen")
	b.At(u.data)
}
