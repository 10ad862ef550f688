// SPDX-License-Identifier: Apache-2.0

// Package chromium opens pages in a real browser without a window. Only tests import it.
package chromium

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/tempskv/tempskv/local/e2e"
)

// Page is one window of a real Chromium, with no memory of others.
type Page struct {
	T   *testing.T
	ctx context.Context
	url string

	mu     sync.Mutex
	faults []string // what the console said, and requests to other hosts
}

// Open opens a window on a server. In every test the console must stay empty, and no other host may be contacted.
func Open(t *testing.T, url string) *Page {
	t.Helper()
	return watch(t, Start(t), url)
}

// Tab opens another window of a browser, which shares what that remembers: who is signed in, and the theme. It is closed with its test.
func (b *Page) Tab(t *testing.T) *Page {
	t.Helper()
	ctx, end := chromedp.NewContext(b.ctx, chromedp.WithNewWindow(true))
	t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil { // before any action with a timeout, which would be the end of the tab
		t.Fatal(err)
	}
	return watch(t, ctx, b.url)
}

// Context is that of the window, for what its methods do not do.
func (b *Page) Context() context.Context { return b.ctx }

// watch returns the page of a context, whose console must stay empty.
func watch(t *testing.T, ctx context.Context, url string) *Page {
	t.Helper()
	b := &Page{T: t, ctx: ctx, url: url}
	b.Do("watch", Protocol(network.Enable, network.EnableParams{}), chromedp.EmulateViewport(1280, 900))
	b.slowDown()
	var watching sync.WaitGroup
	watched, stop := context.WithCancel(ctx)
	messages, requests := chromedp.Console(watched), chromedp.Events(watched, network.RequestWillBeSent)
	watching.Go(func() { b.watchConsole(messages) })
	watching.Go(func() { b.watchRequests(requests) })
	t.Cleanup(func() {
		if t.Failed() {
			b.Shoot(t.Name())
		}
		stop()
		watching.Wait()
		if len(b.faults) > 0 {
			t.Errorf("the console is not empty, or another host was asked: %s", strings.Join(b.faults, "\n"))
		}
	})
	return b
}

// slowDown makes the page so many times slower as TEMPSKV_SLOW_BROWSER says, and its requests take 100 ms. Tests that do not wait for
// what they need fail then, on a quiet machine too.
func (b *Page) slowDown() {
	b.T.Helper()
	rate, err := strconv.ParseFloat(os.Getenv("TEMPSKV_SLOW_BROWSER"), 64)
	if err != nil {
		return
	}
	b.Do("slow it down", Protocol(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: rate}),
		Protocol(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Latency: 100, DownloadThroughput: -1, UploadThroughput: -1}},
		}))
}

// Protocol makes an action of a command of the protocol.
func Protocol[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

func (b *Page) fault(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, text)
}

// noIsolation is what a browser says of every page of a server on another machine without TLS.
const noIsolation = "The Cross-Origin-Opener-Policy header has been ignored"

// watchConsole reads until the window is closed. What the network says are refusals, which tests look for themselves.
func (b *Page) watchConsole(messages iter.Seq2[chromedp.ConsoleMessage, error]) {
	for m, err := range messages {
		if err != nil {
			return
		}
		if (m.Type == "error" || m.Type == "warning" || m.IsException()) && m.Source != "network" &&
			!(strings.Contains(b.url, OtherMachine) && strings.Contains(m.Text, noIsolation)) {
			b.fault(m.String())
		}
	}
}

func (b *Page) watchRequests(requests iter.Seq2[network.EventRequestWillBeSent, error]) {
	for r, err := range requests {
		if err != nil {
			return
		}
		if url := r.Request.URL; strings.HasPrefix(url, "http") && !strings.HasPrefix(url, "http://127.0.0.1:") &&
			!strings.HasPrefix(url, b.url) {
			b.fault("asked " + url)
		}
	}
}

// Do runs actions, within patience.
func (b *Page) Do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, e2e.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.T.Fatalf("%s: %v; the page shows %.2000s", what, err, b.peek())
	}
}

// peek returns the text of the page, if it can be read.
func (b *Page) peek() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return text
}

// Navigate goes to an address of the server.
func (b *Page) Navigate(path string) {
	b.T.Helper()
	b.Do("open "+path, chromedp.Navigate(b.url+path))
}

// Eval evaluates an expression, and awaits a promise.
func Eval[T any](b *Page, expression string) T {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, e2e.Patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.T.Fatalf("%.200s: %v; the page shows %.2000s", expression, err, b.peek())
	}
	return value
}

// Until waits until an expression, or its promise, is true. During navigation it is not.
func (b *Page) Until(what, expression string) {
	b.T.Helper()
	var last error
	for deadline := time.Now().Add(e2e.Patience); time.Now().Before(deadline); <-time.After(4 * e2e.Poll) {
		ctx, cancel := context.WithTimeout(b.ctx, e2e.Patience)
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise))
		cancel()
		if last = err; err == nil && yes {
			return
		}
	}
	b.T.Fatalf("waited %v for %s (%v); the page shows %.2000s", e2e.Patience, what, last, b.peek())
}

// Sees waits until the page shows each of the texts.
func (b *Page) Sees(texts ...string) {
	b.T.Helper()
	for _, text := range texts {
		b.Until(text, fmt.Sprintf(`document.body.innerText.includes(%s)`, Quote(text)))
	}
}

// Misses waits until the page does not show the text any more.
func (b *Page) Misses(text string) {
	b.T.Helper()
	b.Until("the end of "+text, fmt.Sprintf(`!document.body.innerText.includes(%s)`, Quote(text)))
}

// Quote returns text as JavaScript has it.
func Quote(text string) string {
	quoted, _ := json.Marshal(text) // a string does not fail
	return string(quoted)
}

// Text returns the text of an element.
func (b *Page) Text(selector string) string {
	b.T.Helper()
	b.Until(selector, fmt.Sprintf(`document.querySelector(%s) !== null`, Quote(selector)))
	return Eval[string](b, fmt.Sprintf(`document.querySelector(%s).textContent`, Quote(selector)))
}

// At waits until the page has an address, which is without the host.
func (b *Page) At(want string) {
	b.T.Helper()
	b.Until("the address "+want, `location.pathname + location.search === `+Quote(want))
}

// Path returns the address without the host.
func (b *Page) Path() string {
	b.T.Helper()
	return Eval[string](b, `location.pathname + location.search`)
}

// Look sets the width of the window and the theme.
func (b *Page) Look(width int64, theme string) {
	b.T.Helper()
	b.Do("set the width", chromedp.EmulateViewport(width, 900),
		Protocol(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		}))
}

// Shoot writes a picture of the window if TEMPSKV_PICTURES names a folder.
func (b *Page) Shoot(name string) {
	b.T.Helper()
	b.shoot(name, chromedp.CaptureScreenshot())
}

// ShootWhole is Shoot of the whole page, also below the window. Where a dialog is open it is that of the window.
func (b *Page) ShootWhole(name string) {
	b.T.Helper()
	if Eval[bool](b, `document.querySelector('dialog[open]') === null`) {
		b.shoot(name, chromedp.FullScreenshot(100))
	} else {
		b.Shoot(name)
	}
}

func (b *Page) shoot(name string, action chromedp.Action[[]byte]) {
	b.T.Helper()
	dir := os.Getenv("TEMPSKV_PICTURES")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	picture, err := chromedp.Run(ctx, action)
	if err != nil {
		b.T.Logf("no picture of %s: %v", name, err)
		return
	}
	if err := os.WriteFile(fmt.Sprintf("%s/%s.png", dir, strings.ReplaceAll(name, "/", "-")), picture, 0o644); err != nil {
		b.T.Error(err)
	}
}
