// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestFirstPaint loads pages of somebody who is signed in, nothing of which is in the cache, and prints the medians of when the browser
// painted the first text or picture, and the largest. They are worth something on a machine that does nothing else:
//
//	go test -tags e2e -v -run TestFirstPaint ./local/e2e/dashboard
//
// Not parallel: it measures time.
func TestFirstPaint(t *testing.T) {
	s := e2e.Serve(t, t.TempDir())
	fillShop(t, s)
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	for _, theme := range []string{"light", "dark"} {
		b.Look(1280, theme)
		for _, page := range []struct{ path, shows string }{
			{"/", "Slowest operations"}, {"/projects/1/overview", "Traffic"}, {"/projects/1/data", "greeting"},
		} {
			var first, largest []float64
			for range 9 {
				load := loadCold(b, page.path, page.shows)
				first, largest = append(first, load.First), append(largest, load.Largest)
			}
			slices.Sort(first)
			slices.Sort(largest)
			t.Logf("%-5s %-20s first paint after %.0f ms (%.0f to %.0f), the largest after %.0f ms (%.0f to %.0f)",
				theme, page.path, first[4], first[0], first[8], largest[4], largest[0], largest[8])
		}
	}
}

// paints are milliseconds since the navigation began.
type paints struct{ First, Largest float64 }

// loadCold loads a page without what the browser keeps of the server's files, and waits until it shows a text.
func loadCold(b *chromium.Page, path, text string) paints {
	b.T.Helper()
	b.Do("leave", chromium.Protocol(network.ClearBrowserCache, cdp.Empty{}))
	b.Navigate(path)
	b.Sees(text)
	load := chromium.Eval[paints](b, `new Promise((done) => {
		const at = {};
		const watch = (type, name) => new PerformanceObserver((list) => {
			const last = list.getEntries().findLast((e) => type !== 'paint' || e.name === 'first-contentful-paint');
			if (last) at[name] = last.startTime;
			if (at.First && at.Largest) done(at);
		}).observe({ type, buffered: true });
		watch('paint', 'First');
		watch('largest-contentful-paint', 'Largest');
	})`)
	if load.First <= 0 || load.Largest < load.First {
		b.T.Errorf("%s: got %+v", path, load)
	}
	return load
}
