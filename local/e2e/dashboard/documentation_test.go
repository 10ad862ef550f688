// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestDocumentationPages checks pages of each kind in both themes, on a wide screen and on a phone.
func TestDocumentationPages(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	s := e2e.Serve(t, t.TempDir())
	b := chromium.Open(t, s.URL)
	for _, page := range []struct{ name, path, sees string }{
		{"docs", "/docs", "Documentation"},
		{"docs-commands", "/docs/commands", "On the command line"},
		{"docs-error", "/docs/errors/too_large", "What to do"},
		{"docs-missing", "/docs/errors/nothing", "No such page"},
		{"docs-api", "/docs/api#/Data/kvSet", "Try it out"},
	} {
		b.Look(1280, "light")
		b.Navigate(page.path)
		b.Sees(page.sees)
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 390} {
				b.Look(width, theme)
				name := fmt.Sprintf("%s-%s-%d", page.name, theme, width)
				dark := chromium.Eval[bool](b, `getComputedStyle(document.body).backgroundColor === 'rgb(25, 30, 28)'`)
				if dark != (theme == "dark") {
					t.Errorf("%s: it is shown in the other theme", name)
				}
				accessible(b, checker, name)
				fits(b, name)
				b.Shoot(name)
			}
		}
	}
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 390} {
			b.Look(width, theme)
			b.Navigate("/docs/limits")
			b.Until("the search to be there", `document.querySelector('.search').checkVisibility()`)
			b.Fill("Search the documentation", "live")
			b.Until("a result", `document.querySelector('#found [aria-selected=true]') !== null`)
			name := fmt.Sprintf("docs-search-%s-%d", theme, width)
			accessible(b, checker, name)
			fits(b, name)
			b.Shoot(name)
		}
		b.Navigate("/docs/errors/too_large")
		b.Click("Menu")
		b.Until("the menu to be open", `document.querySelector('#menu').checkVisibility()`)
		name := "docs-menu-" + theme
		accessible(b, checker, name)
		fits(b, name)
		b.Shoot(name)
	}
	b.Look(1280, "light")
	b.Navigate("/docs/api#/Data/kvSet")
	b.Click("Authorize")
	b.Sees("Available authorizations")
	accessible(b, checker, "docs-api, authorize")
}

// TestReadingTheDocumentation searches by keyboard, follows a result, switches the theme, which stays, copies code, and opens the
// menu of a phone.
func TestReadingTheDocumentation(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir(), "--base-path", "/apps/kv")
	b := chromium.Open(t, s.URL)
	b.Look(1280, "light")
	b.Navigate("/docs")
	b.Sees("Documentation")
	b.Do("press /", chromedp.KeyEvent("/"))
	b.Until("the search to have the focus", `document.activeElement.type === 'search'`)
	b.Do("type", chromedp.KeyEvent("too_large"))
	b.Until("a result", `document.querySelector('#found [aria-selected=true]')?.innerText.startsWith('too_large')`)
	b.Do("take it", chromedp.KeyEvent("\r"))
	b.Sees("larger than the server allows")
	b.At("/apps/kv/docs/errors/too_large")

	b.Click("Dark theme")
	b.Until("the dark theme", `document.documentElement.dataset.theme === 'dark' && getComputedStyle(document.documentElement).colorScheme === 'dark'`)
	b.Click("Errors")
	b.Sees("Which problems may be tried again")
	b.Until("the dark theme on the next page", `getComputedStyle(document.documentElement).colorScheme === 'dark'`)
	b.Click("Dark theme")
	b.Until("the light theme", `document.documentElement.dataset.theme === undefined`)
	b.Click("Copy")
	b.Sees("Copied")

	b.Look(390, "light")
	b.Until("the menu to be closed", `!document.querySelector('#menu').checkVisibility()`)
	b.Click("Menu")
	b.Until("the menu to be all that there is", `document.querySelector('#menu').checkVisibility() && getComputedStyle(document.body).overflow === 'hidden' &&
		!document.querySelector('article a').checkVisibility({ visibilityProperty: true })`)
	b.Do("close it by keyboard", chromedp.KeyEvent("\x1b"))
	b.Until("the menu to be closed", `!document.querySelector('#menu').checkVisibility() && document.activeElement.classList.contains('menu')`)
	b.Click("Menu")
	b.Click("Commands")
	b.Sees("On the command line")
	b.At("/apps/kv/docs/commands")
}
