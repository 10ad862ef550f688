// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestStates brings pages into the states that TestPages does not see, and checks each in both themes, on a wide screen and on a phone.
func TestStates(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	s := e2e.Serve(t, t.TempDir())
	fillShop(t, s)
	browser := chromium.Open(t, s.URL)
	signIn(browser, s)
	for name, walk := range map[string]func(b *chromium.Page, look func(state string)){
		"editor": editorStates, "dialogs": dialogStates, "bulk": bulkStates, "import": importStates, "export": exportStates,
		"palette": paletteStates, "connect": connectStates, "list": listStates, "faults": faultStates,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.Tab(t)
			walk(b, func(state string) {
				t.Helper()
				for _, theme := range []string{"light", "dark"} {
					for _, width := range []int64{1280, 390} {
						b.Look(width, theme)
						full := fmt.Sprintf("%s, %s, %s, %d", name, state, theme, width)
						accessible(b, checker, full)
						fits(b, full)
						inSight(b, full)
						b.Shoot(fmt.Sprintf("state-%s-%s-%s-%d", name, strings.ReplaceAll(state, " ", "-"), theme, width))
					}
				}
				b.Look(1280, "light")
			})
		})
	}
}

// inSight fails the test if a dialog is open that cannot be seen as a whole.
func inSight(b *chromium.Page, name string) {
	b.T.Helper()
	outside := chromium.Eval[string](b, `JSON.stringify([...document.querySelectorAll('dialog[open]')].map((d) => d.getBoundingClientRect())
		.filter((r) => r.width < 200 || r.height < 40 || r.left < 0 || r.top < 0 || r.right > innerWidth || r.bottom > innerHeight))`)
	if outside != "[]" {
		b.T.Errorf("%s: a dialog is not in sight: %s", name, outside)
	}
}

// press presses keys, with modifiers.
func press(b *chromium.Page, keys string, modifiers ...chromedp.Modifier) {
	b.T.Helper()
	b.Do("press "+keys, chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// editing opens the editor of a value, with the focus in it.
func editing(b *chromium.Page) {
	b.T.Helper()
	b.Click("Edit")
	b.Until("the editor", `document.activeElement.isContentEditable`)
}

func editorStates(b *chromium.Page, look func(string)) {
	b.Navigate("/projects/1/data?key=user%3A1001")
	b.Sees("Alan Turing")
	b.Until("the folds", `document.querySelector('.cm-foldGutter') !== null`)
	editing(b)
	look("valid JSON")
	press(b, "f", chromedp.ModifierCtrl)
	b.Until("the search in the editor", `document.querySelector('.cm-panel.cm-search') !== null`)
	look("search in the editor")
	press(b, kb.Escape)
	b.Until("the end of the search", `document.querySelector('.cm-panel.cm-search') === null`)
	press(b, kb.End, chromedp.ModifierCtrl)
	press(b, "}")
	b.Sees("Not JSON yet")
	b.Until("the mark", `document.querySelector('.cm-lintRange-error, .cm-lintPoint-error') !== null`)
	look("invalid JSON")
	b.Click("Save")
	b.Sees("This is not JSON")
	look("refused")
	b.Click("Cancel")
	b.Navigate("/projects/1/data?key=greeting")
	editing(b)
	look("text")
	press(b, "x")
	b.Click("Projects")
	b.Sees("Create project")
	b.Do("go back", chromedp.NavigateBack())
	b.Sees("which are not saved")
	look("changes from before")
	b.Click("Discard them")
	b.Click("Change time to live")
	look("time to live")
}

func dialogStates(b *chromium.Page, look func(string)) {
	b.Navigate("/projects/1/data?key=greeting")
	b.Click("Delete key")
	b.Sees("Delete 1 key?")
	look("delete a key")
	b.Click("Cancel")
	b.Click("Add key")
	b.Fill("Key", "greeting")
	b.Click("JSON")
	b.Fill("Value", "1")
	b.Click("Add key")
	b.Sees("This key already exists")
	look("add a key that exists")
	b.Click("Cancel")
	b.Navigate("/projects/1/settings")
	b.Click("Delete project")
	b.Sees("Type shop to confirm")
	look("delete a project")
	b.Click("Cancel")
	b.Navigate("/projects/1/tokens")
	b.Click("Revoke web server")
	look("revoke a token")
	b.Click("Cancel")
	b.Click("Create token")
	look("create a token")
	b.Fill("Name", "of the states")
	b.Click("Create")
	b.Sees("Your new token")
	look("a new token")
	b.Click("Done")
	b.Navigate("/api-keys")
	b.Click("Create API key")
	look("create an API key")
	b.Navigate("/settings")
	b.Click("Disable KV Storage")
	look("disable")
}

func bulkStates(b *chromium.Page, look func(string)) {
	b.Navigate("/projects/1/data")
	b.Sees("125 keys")
	check(b, "Choose all in cart:")
	b.Sees("40 keys chosen")
	look("chosen")
	b.Click("Expire 40 chosen")
	b.Sees("When do 40 keys expire?")
	look("expire")
	b.Click("Cancel")
	b.Click("Delete 40 chosen")
	b.Sees("Delete 40 keys?")
	look("delete")
	b.Click("Cancel")
	b.Navigate("/projects/1/data?pattern=*")
	b.Sees("125 keys")
	hold(b, "/api/kv/scan", 0)
	b.Click("Delete matching")
	b.Sees("Finding keys…")
	look("finding keys")
	release(b)
	b.Sees("Type 125 to confirm")
	look("delete many")
}

func importStates(b *chromium.Page, look func(string)) {
	file := filepath.Join(b.T.TempDir(), "keys.ndjson")
	if err := os.WriteFile(file, []byte(strings.Repeat(`{"key":"imported","value":1}`+"\nnot JSON\n", 1500)), 0o600); err != nil {
		b.T.Fatal(err)
	}
	b.Navigate("/projects/2/data")
	b.Click("Import")
	b.Sees("One JSON object a line")
	look("asking")
	b.Mark("the file", `(within) => [within.querySelector('input[type=file]')]`)
	b.Do("choose a file", chromedp.SetUploadFiles(chromedp.CSS("[data-mark]"), []string{file}))
	hold(b, "/api/kv/mset", 1)
	b.Click("Import")
	b.Sees("1,000 keys imported so far…")
	look("running")
	release(b)
	b.Sees("1,500 keys imported.", "1,500 lines were left out", "and 1,400 more")
	look("done")
}

func exportStates(b *chromium.Page, look func(string)) {
	b.Navigate("/projects/1/data")
	b.Click("Export")
	b.Sees("Export all keys")
	look("asking")
	hold(b, "/api/kv/export", 0)
	b.Click("Export")
	b.Sees("so far, 0 B…")
	look("running")
}

func paletteStates(b *chromium.Page, look func(string)) {
	b.Navigate("/projects/1/data")
	b.Sees("125 keys")
	press(b, "k", chromedp.ModifierCtrl)
	b.Sees("Theme of the system")
	look("all")
	b.Fill("Page, project or action", "shop")
	press(b, kb.ArrowDown)
	b.Until("the second chosen", `document.querySelectorAll('[role=option]')[1]?.ariaSelected === 'true'`)
	look("found")
	b.Fill("Page, project or action", "nowhere")
	b.Sees("Nothing is called that.")
	look("nothing found")
	press(b, kb.Escape)
	b.Misses("Nothing is called that.")
	chromium.Eval[bool](b, `(document.querySelector('select[aria-label=Project]').focus(), true)`)
	press(b, " ")
	look("project switch")
	press(b, kb.Escape)
	b.Look(390, "light")
	b.Click("Menu")
	b.Until("the menu", `document.querySelector('.menu').ariaExpanded === 'true'`)
	look("menu")
}

func connectStates(b *chromium.Page, look func(string)) {
	b.Navigate("/projects/1/connect")
	b.Click("Make a token")
	b.Misses("dt_…")
	for _, language := range []string{"curl", "TypeScript", "Go", "Python", "CLI", ".env"} {
		b.Click(language)
		b.Until(language, fmt.Sprintf(`document.querySelector('[aria-label=Language] [aria-pressed=true]').innerText === %s`, chromium.Quote(language)))
		look(language)
	}
	b.Click("Copy the token")
	b.Until("what came of it", `['Copied', 'Select and copy it by hand'].some((words) => document.body.innerText.includes(words))`)
	look("copied")
}

func listStates(b *chromium.Page, look func(string)) {
	b.Navigate("/projects/1/data?view=flat")
	b.Sees("125 keys")
	look("flat")
	b.Click("Tree")
	b.Click("user:")
	b.Until("an open folder", `document.querySelector('[role=row][aria-expanded=true]') !== null`)
	look("tree")
	b.Fill("Pattern", "nothing")
	b.Click("Find")
	b.Sees("Find keys that contain it")
	look("nothing begins so")
	b.Navigate("/projects/1/data?pattern=%3F%3F")
	b.Sees("No key matches")
	look("nothing matches")
	b.Navigate("/projects/1/data?key=gone")
	b.Sees("There is no such key", "Copy key")
	b.Misses("Delete key")
	look("no such key")
}

func faultStates(b *chromium.Page, look func(string)) {
	b.Navigate("/settings")
	b.Fill("Max memory", "lots")
	b.Click("Update")
	b.Sees("Please correct this")
	look("refused")
	for _, page := range []string{"Overview", "Projects", "Backups", "API keys", "Audit", "System"} {
		b.Navigate("/settings")
		b.Sees("What runs")
		hold(b, "/api/", 0)
		b.Click(page)
		b.Until("the shape of "+page, `(() => { const s = document.querySelector('.skeleton'); return s && getComputedStyle(s).opacity === '1' })()`)
		look("loading " + page)
	}
	b.Navigate("/settings")
	b.Sees("What runs")
	chromium.Eval[bool](b, `(window.fetch = () => Promise.reject(new TypeError('cut')), true)`)
	b.Click("Projects")
	b.Sees("The server does not answer. Trying again…")
	look("cut off")
	b.Navigate("/setup#su_unknown")
	b.Sees("Sign in with this link?")
	look("another link")
	b.Click("Sign in with the link")
	b.Until("the refusal", `document.querySelector('[role=alert]') !== null`)
	look("a link that is refused")
}
