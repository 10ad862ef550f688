// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// signIn opens the link that serve printed.
func (b *browser) signIn(s *server) {
	b.t.Helper()
	b.open("/setup#" + between(b.t, s.printed, "/setup#", "\n"))
	b.sees("Overview", "first administrator")
	if got := b.path(); got != "/" {
		b.t.Errorf("after signing in the address is %s", got)
	}
}

// shell runs a line as it was shown, and returns what it prints.
func shell(t *testing.T, line string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, &stderr)
	}
	return strings.TrimSpace(string(out))
}

// TestDashboard is the way of an operator from the link that serve prints to a service that is off again.
func TestDashboard(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	b := browse(t, s.url)
	b.signIn(s)

	b.click("Enable KV Storage")
	b.fill("Max memory", "64mb")
	b.click("Enable")
	b.sees("KV storage is enabled.", "Healthy", "at most 64mb")

	b.click("Projects")
	b.click("Create project")
	b.fill("Name", "shop")
	b.click("Create")
	b.sees("From a shell", "shop")
	b.click("Make a token")
	b.until("a token in the lines", `document.querySelector('[data-testid=snippet-set]').textContent.includes('Bearer dt_') && !document.body.innerText.includes('dt_…')`)
	set, get := b.text("[data-testid=snippet-set]"), b.text("[data-testid=snippet-get]")
	if got := shell(t, set); got != `{"result":"OK"}` {
		t.Errorf("the line that sets is answered %s", got)
	}
	if got := shell(t, get); got != `{"value":"hello"}` {
		t.Errorf("the line that gets is answered %s", got)
	}

	b.click("Data")
	b.editKeys()

	b.click("Tokens")
	b.click("Revoke made in Connect")
	b.click("Revoke")
	b.sees("No token yet")
	if got := shell(t, get); !strings.Contains(got, `"unauthorized"`) {
		t.Errorf("after the token was revoked: %s", got)
	}

	b.click("KV Storage")
	b.fill("Max memory", "128mb")
	b.sees("It takes effect at once, without a gap.")
	b.click("Update")
	b.sees("KV storage is updated.", "at most 128mb")
	b.fill("Max memory", "much")
	b.click("Update")
	b.sees(`must be an amount of memory such as "256mb" or "1gb"`, "Request id")
	b.click("Disable KV Storage")
	b.sees("The data stays.")
	b.click("Disable")
	b.sees("KV Storage is off", "Its data stays")
	b.click("Enable")
	b.sees("Healthy")

	b.click("Audit")
	b.sees("kvDisable", "createToken", "first administrator (setup)")
	b.fill("Filter", "revoke")
	b.misses("kvDisable")
	b.sees("revokeToken")
	b.fill("Filter", "")
	b.choose("Result", "Refused")
	b.misses("revokeToken")
	b.sees("kvUpdate", "invalid")
	b.click("Projects")
	b.click("shop")
	b.click("Delete project")
	b.fill("Type shop to confirm", "shop")
	b.click("Delete")
	b.sees("No project yet")
	b.do("go back", chromedp.NavigateBack())
	b.sees("There is no project with this id.")

	b.click("Sign out")
	b.sees("API key")
	b.open("/setup#" + between(t, s.printed, "/setup#", "\n"))
	b.sees("this link was used before")
	b.fill("API key", adminKey)
	b.click("Sign in")
	b.sees("Overview", "Healthy")
}

// editKeys adds, finds, edits, expires and deletes keys of a project that has one, greeting.
func (b *browser) editKeys() {
	b.t.Helper()
	b.sees("greeting", "1 key")
	for _, key := range []string{"user:1", "user:2", "user:3"} {
		b.click("Add key")
		b.fill("Key", key)
		b.click("JSON")
		b.fill("Value", `{"id": 1.0, "big": 12345678901234567890}`)
		b.fill("Seconds to live", "3600")
		b.click("Add key")
		b.sees("expires in ", key)
	}
	b.until("numbers as they were sent", `document.querySelector('[data-testid=value]').textContent.includes('"id": 1.0') && document.querySelector('[data-testid=value]').textContent.includes('12345678901234567890')`)

	b.click("Edit")
	b.fill("Value", `{"id": 2`)
	b.click("Save")
	b.sees("This is not JSON")
	b.fill("Value", `{"id": 2.50}`)
	b.click("Save")
	b.until("the new value", `document.querySelector('[data-testid=value]')?.textContent.includes('"id": 2.50')`)
	b.sees("expires in ")
	b.click("Change time to live")
	b.click("Never expire")
	b.sees("does not expire")
	b.click("Change time to live")
	b.fill("Seconds to live", "120")
	b.click("Set")
	b.sees("expires in")
	b.do("go back", chromedp.NavigateBack())
	b.until("the key before", `new URLSearchParams(location.search).get('key') === 'user:2'`)

	b.fill("Pattern", "user:")
	b.click("Find")
	b.sees("3 keys")
	b.misses("greeting")
	b.click("Flat")
	b.mark("the box of user:1", `(within) => [within.querySelector('[aria-label="Choose user:1"]')]`)
	b.do("choose", chromedp.Click(chromedp.CSS("[data-mark]")))
	b.mark("the box of user:2", `(within) => [within.querySelector('[aria-label="Choose user:2"]')]`)
	b.do("choose", chromedp.Click(chromedp.CSS("[data-mark]")))
	b.click("Delete 2 chosen")
	b.sees("Delete 2 keys?")
	b.click("Delete")
	b.misses("user:1")
	b.click("Delete matching")
	b.sees("Delete 1 key?", "user:*")
	b.click("Delete")
	b.sees("No key matches")
	b.fill("Pattern", "")
	b.click("Find")
	b.click("greeting")
	b.click("Delete key")
	b.click("Delete")
	b.sees("No keys yet")
}

// TestDashboardShowsTextAlone stores what a page could take for HTML, and what is too large to show.
func TestDashboardShowsTextAlone(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.admin().must(t, "POST", "/api/kv/enable", object{"engine": "embedded"}, nil)
	const hostile = `<script>window.caught=1</script><img src=x onerror="window.caught=1">"'&amp;` + "`${1}` 😀 \u202e"
	s.admin().must(t, "POST", "/api/projects", object{"name": hostile}, nil)
	// A KiB, again and again, so that the part shown first is cut within the é. The browser takes its time over emoji.
	large := strings.Repeat(strings.Repeat("0123456789", 101)+"01234567😀é", 1<<10)
	for key, value := range map[string]string{
		hostile: quoted(hostile), "large": quoted(large), `a"b'c\d`: `"quotes"`, "x:": "1", ":": "2", "a::b": "3",
	} {
		s.admin().must(t, "POST", "/api/kv/set", fmt.Sprintf(`{"project_id":1,"key":%s,"value":%s}`, quoted(key), value), nil)
	}
	b := browse(t, s.url)
	b.signIn(s)
	b.open("/projects/1/data?view=flat")
	b.sees("6 keys", "large", `a"b'c\d`)
	b.click(strings.TrimSpace(hostile))
	b.until("the value", `document.querySelector('[data-testid=value]')?.textContent === `+quote(hostile))
	b.click("Edit")
	b.sees("Its time to live is kept.")
	b.click("Save")
	b.until("the value again", `document.querySelector('[data-testid=value]')?.textContent === `+quote(hostile))
	s.admin().wants(t, "get", fmt.Sprintf(`{"project_id":1,"key":%s}`, quoted(hostile)), `{"value":`+quoted(hostile)+`}`)
	s.admin().wants(t, "get", object{"project_id": 1, "key": "x:"}, `{"value":1}`)

	b.click("large")
	b.sees("Cut: 64 KB of ")
	b.click("Fetch the rest")
	b.misses("Cut: 64 KB")
	b.click("Text")
	if got := b.text("[data-testid=value]"); got != large {
		t.Errorf("of %d bytes the page shows %d", len(large), len(got))
	}
	if eval[bool](b, `window.caught !== undefined`) {
		t.Error("a stored value was run")
	}
}

// quoted returns a JSON string with every character as it is, where encoding/json would escape what HTML takes.
func quoted(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string does not fail
	return strings.TrimSpace(b.String())
}

// TestDashboardNoticesWhatEnds lets the session expire, and the server go and come back.
func TestDashboardNoticesWhatEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--session-time", "40s")
	s.admin().must(t, "POST", "/api/kv/enable", object{"engine": "embedded"}, nil)
	b := browse(t, s.url)
	b.signIn(s)
	b.click("KV Storage")
	b.sees("What runs")
	b.sees("Your session has ended.")
	if got := b.path(); got != "/settings" {
		t.Errorf("the address is %s", got)
	}

	s.kill()
	s = s.again("--addr", strings.TrimPrefix(s.url, "http://"))
	b.fill("API key", adminKey)
	b.click("Sign in")
	b.sees("What runs")
	s.kill()
	b.sees("The server does not answer. Trying again…")
	s.again("--addr", strings.TrimPrefix(s.url, "http://"))
	b.misses("The server does not answer.")
	b.sees("Your session has ended.")
	b.fill("API key", adminKey)
	b.click("Sign in")
	b.sees("What runs", "Healthy")
}

// TestDashboardByKeyboard signs in, walks and opens a dialog without a mouse.
func TestDashboardByKeyboard(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	b := browse(t, s.url)
	b.open("/")
	b.sees("API key")
	// press presses Tab until something of that name has the focus, and demands that it can be seen to have it.
	press := func(name string) {
		t.Helper()
		for range 60 {
			b.do("press Tab", chromedp.KeyEvent("\t"))
			if eval[bool](b, fmt.Sprintf(`(() => { const e = document.activeElement; return [e.innerText, e.labels?.[0]?.innerText].some((n) => n?.trim() === %s) })()`, quote(name))) {
				if eval[bool](b, `(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 1 })()`) {
					t.Errorf("the focus on %s cannot be seen", name)
				}
				return
			}
		}
		t.Fatalf("Tab does not come to %s", name)
	}
	press("API key")
	b.do("type", chromedp.KeyEvent(adminKey+"\r"))
	b.sees("Overview")
	press("Skip to the content")
	b.do("press Enter", chromedp.KeyEvent("\r"))
	press("Enable KV Storage")
	b.do("press Enter", chromedp.KeyEvent("\r"))
	b.sees("Choose what holds the data")
	press("Enable")
	b.do("press Enter", chromedp.KeyEvent("\r"))
	b.sees("Healthy")
	press("Disable KV Storage")
	b.do("press Enter", chromedp.KeyEvent("\r"))
	b.sees("Disable KV Storage?")
	press("Cancel")
	b.do("press Escape", chromedp.KeyEvent("\x1b"))
	b.misses("Disable KV Storage?")
	b.until("the focus where it was", `document.activeElement.innerText === 'Disable KV Storage'`)
}

// TestDashboardHoldsAMillionKeys scrolls through a million keys, flat and in folders, and looks at how long the page
// stands still.
func TestDashboardHoldsAMillionKeys(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.admin().must(t, "POST", "/api/kv/enable", object{"engine": "embedded"}, nil)
	s.admin().must(t, "POST", "/api/projects", object{"name": "many"}, nil)
	const calls, entries = 1000, 1000
	for i := range calls {
		batch := make([]object, entries)
		for k := range batch {
			batch[k] = object{"key": fmt.Sprintf("user:%03d:%d", k, i), "value": 1}
		}
		s.admin().must(t, "POST", "/api/kv/mset", object{"project_id": 1, "entries": batch}, nil)
	}
	b := browse(t, s.url)
	b.signIn(s)
	b.open("/projects/1/data?view=flat")
	b.sees("keys so far")
	// The longest time between two frames is how long the page stood still.
	eval[bool](b, `(() => {
		window.longest = 0;
		let last = performance.now();
		const frame = (now) => { window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(frame); };
		requestAnimationFrame(frame);
		return true;
	})()`)
	b.click("Load all")
	b.awaitLong("all keys", `document.querySelector('[data-testid=count]').textContent === '1,000,000 keys'`)
	for i := range 11 {
		eval[bool](b, fmt.Sprintf(`(() => { const l = document.querySelector('.list'); l.scrollTop = l.scrollHeight * %d / 10; return true })()`, i))
		b.until("rows in sight", `document.querySelectorAll('.item').length > 10`)
	}
	b.until("the last row", `[...document.querySelectorAll('.item')].some((e) => e.ariaPosInSet === '1000000' && e.getBoundingClientRect().bottom <= document.querySelector('.list').getBoundingClientRect().bottom + 1)`)
	if got := eval[int](b, `document.querySelectorAll('.item').length`); got > 100 {
		t.Errorf("%d rows are in the document", got)
	}
	b.click("Tree")
	b.click("user:")
	b.click("007:")
	b.click("0")
	b.until("its value", `document.querySelector('[data-testid=value]')?.textContent === '1'`)
	longest := eval[float64](b, `window.longest`)
	t.Logf("with a million keys the page stood still for %.0f ms at most", longest)
	if longest > 5000 {
		t.Errorf("the page stood still for %.0f ms", longest)
	}
}

// awaitLong waits for what takes minutes on a busy machine.
func (b *browser) awaitLong(what, expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(10 * patience); time.Now().Before(deadline); <-time.After(50 * poll) {
		if eval[bool](b, expression) {
			return
		}
	}
	b.t.Fatalf("waited %v for %s", 10*patience, what)
}

// TestDashboardWithPodman turns on a Redis in a container, and says what an update of it will do before it is done.
func TestDashboardWithPodman(t *testing.T) {
	t.Parallel()
	podman := startPodman(t)
	image := podman.HostImage()
	s := serve(t, t.TempDir(), "--podman-socket", podman.Socket)
	b := browse(t, s.url)
	b.signIn(s)
	b.open("/settings")
	b.click("Managed Redis")
	b.fill("or an image", image)
	b.fill("Max memory", "64mb")
	// The steps pass by: each that the page shows is kept.
	eval[bool](b, `(() => {
		window.steps = '';
		new MutationObserver(() => { window.steps += [...document.querySelectorAll('progress')].map((p) => p.ariaLabel + '\n'); })
			.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
		return true;
	})()`)
	b.click("Enable")
	b.sees("KV storage is enabled.", "Healthy", "at most 64mb", image)
	if steps := eval[string](b, `window.steps`); strings.Trim(strings.ReplaceAll(steps, "Getting ready", ""), "\n") == "" {
		t.Errorf("the page showed no step of it: %q", steps)
	}
	b.fill("Redis version", "8")
	b.sees("your data is copied first", "calls are refused for some seconds")
	b.fill("Redis version", "")
	b.choose("Where it is full", "Drop any key, least used first")
	b.sees("It takes effect at once, without a gap.")
	b.click("Update")
	b.sees("KV storage is updated.")
	b.fill("or an image", "docker.io/library/nothing:none@")
	b.click("Update")
	b.sees("Request id")
	b.sees("Healthy")
	b.click("Disable KV Storage")
	b.click("Disable")
	b.sees("KV Storage is off")
}
