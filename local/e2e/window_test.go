// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// browser is one window of a real Chromium, with no memory of others.
type browser struct {
	t   *testing.T
	ctx context.Context
	url string

	mu     sync.Mutex
	faults []string // what the console said, and requests to other hosts
}

// browse opens a window on a server. Whatever the test is about, the console stays empty, and no other host is asked.
func browse(t *testing.T, url string) *browser {
	t.Helper()
	ctx := openBrowser(t)
	b := &browser{t: t, ctx: ctx, url: url}
	b.do("watch", protocol(network.Enable, network.EnableParams{}), chromedp.EmulateViewport(1280, 900))
	var watching sync.WaitGroup
	watched, stop := context.WithCancel(ctx)
	messages, requests := chromedp.Console(watched), chromedp.Events(watched, network.RequestWillBeSent)
	watching.Go(func() { b.watchConsole(messages) })
	watching.Go(func() { b.watchRequests(requests) })
	t.Cleanup(func() {
		if t.Failed() {
			b.shoot(t.Name())
		}
		stop()
		watching.Wait()
		if len(b.faults) > 0 {
			t.Errorf("the console is not empty, or another host was asked: %s", strings.Join(b.faults, "\n"))
		}
	})
	return b
}

// protocol makes an action of a command of the protocol.
func protocol[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

func (b *browser) fault(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, text)
}

// noIsolation is what a browser says of every page of a server on another machine without TLS.
const noIsolation = "The Cross-Origin-Opener-Policy header has been ignored"

// watchConsole reads until the window is closed. What the network says are refusals, which tests look for themselves.
func (b *browser) watchConsole(messages iter.Seq2[chromedp.ConsoleMessage, error]) {
	for m, err := range messages {
		if err != nil {
			return
		}
		if (m.Type == "error" || m.Type == "warning" || m.IsException()) && m.Source != "network" &&
			!(strings.Contains(b.url, otherMachine) && strings.Contains(m.Text, noIsolation)) {
			b.fault(m.String())
		}
	}
}

func (b *browser) watchRequests(requests iter.Seq2[network.EventRequestWillBeSent, error]) {
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

// do runs actions, within patience.
func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v; the page shows %.2000s", what, err, b.peek())
	}
}

// peek returns the text of the page, where it can be read.
func (b *browser) peek() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return text
}

// open goes to an address of the server.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do("open "+path, chromedp.Navigate(b.url+path))
}

// eval evaluates an expression, or waits for what it promises.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%.200s: %v; the page shows %.2000s", expression, err, b.peek())
	}
	return value
}

// until waits until an expression is true. A page that is just being left has none.
func (b *browser) until(what, expression string) {
	b.t.Helper()
	var last error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(4 * poll) {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		cancel()
		if last = err; err == nil && yes {
			return
		}
	}
	b.t.Fatalf("waited %v for %s (%v); the page shows %.2000s", patience, what, last, b.peek())
}

// sees waits until the page shows each of the texts.
func (b *browser) sees(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.until(text, fmt.Sprintf(`document.body.innerText.includes(%s)`, quote(text)))
	}
}

// misses waits until the page does not show the text any more.
func (b *browser) misses(text string) {
	b.t.Helper()
	b.until("the end of "+text, fmt.Sprintf(`!document.body.innerText.includes(%s)`, quote(text)))
}

// quote returns text as JavaScript has it.
func quote(text string) string {
	quoted, _ := json.Marshal(text) // a string does not fail
	return string(quoted)
}

// mark finds something by an expression, gives it an attribute to be found by, and returns a selector. Only what is
// visible and not disabled counts, and where a dialog is open, only what is in it.
func (b *browser) mark(what, candidates string) chromedp.CSS {
	b.t.Helper()
	b.until(what, fmt.Sprintf(`(() => {
		const within = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
		const found = [...(%s)(within)].find((e) => e && !e.disabled && e.checkVisibility());
		if (!found) return false;
		document.querySelectorAll('[data-mark]').forEach((e) => e.removeAttribute('data-mark'));
		found.setAttribute('data-mark', '');
		found.scrollIntoView({ block: 'center' });
		return true;
	})()`, candidates))
	return "[data-mark]"
}

// click clicks a button, a link or a label by its name.
func (b *browser) click(name string) {
	b.t.Helper()
	selector := b.mark("something to click named "+name, fmt.Sprintf(`(within) => {
		const name = %s, all = [...within.querySelectorAll('button, a, label.choice')];
		const text = (e) => (e.getAttribute('aria-label') ?? e.innerText).trim();
		return [...all.filter((e) => text(e) === name), ...all.filter((e) => e.matches('label') && text(e).startsWith(name))];
	}`, quote(name)))
	b.do("click "+name, chromedp.Click(selector))
}

// field finds a field by its label.
func (b *browser) field(label string) chromedp.CSS {
	b.t.Helper()
	return b.mark("a field "+label, fmt.Sprintf(`(within) => [...within.querySelectorAll('label')]
		.filter((l) => l.innerText.trim() === %s).map((l) => document.getElementById(l.htmlFor))`, quote(label)))
}

// fill types text into a field; a long one, or none, is put there at once.
func (b *browser) fill(label, text string) {
	b.t.Helper()
	selector := b.field(label)
	eval[bool](b, `(() => { const e = document.querySelector('[data-mark]'); e.focus(); e.select?.(); return true })()`)
	if text != "" && len(text) < 200 && !strings.ContainsAny(text, "\n\r") {
		b.do("type into "+label, chromedp.KeyEvent(text))
		return
	}
	eval[bool](b, fmt.Sprintf(`(() => {
		const e = document.querySelector(%s), proto = e.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;
		Object.getOwnPropertyDescriptor(proto.prototype, 'value').set.call(e, %s);
		e.dispatchEvent(new Event('input', { bubbles: true }));
		return true;
	})()`, quote(string(selector)), quote(text)))
}

// choose picks an option of a list by what it says.
func (b *browser) choose(label, option string) {
	b.t.Helper()
	b.field(label)
	eval[bool](b, fmt.Sprintf(`(() => {
		const e = document.querySelector('[data-mark]');
		e.value = [...e.options].find((o) => o.text === %s).value;
		e.dispatchEvent(new Event('change', { bubbles: true }));
		return true;
	})()`, quote(option)))
}

// text returns what an element shows, as it is in the document.
func (b *browser) text(selector string) string {
	b.t.Helper()
	b.until(selector, fmt.Sprintf(`document.querySelector(%s) !== null`, quote(selector)))
	return eval[string](b, fmt.Sprintf(`document.querySelector(%s).textContent`, quote(selector)))
}

// path returns the address without the host.
func (b *browser) path() string {
	b.t.Helper()
	return eval[string](b, `location.pathname + location.search`)
}

// look sets the width of the window and the theme.
func (b *browser) look(width int64, theme string) {
	b.t.Helper()
	b.do("set the width", chromedp.EmulateViewport(width, 900),
		protocol(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		}))
}

// shoot writes a picture where TEMPSKV_PICTURES names a folder.
func (b *browser) shoot(name string) {
	dir := os.Getenv("TEMPSKV_PICTURES")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("no picture of %s: %v", name, err)
		return
	}
	if err := os.WriteFile(fmt.Sprintf("%s/%s.png", dir, strings.ReplaceAll(name, "/", "-")), picture, 0o644); err != nil {
		b.t.Error(err)
	}
}
