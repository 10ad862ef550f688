// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// signIn opens the link that serve made.
func signIn(b *chromium.Page, s *e2e.Server) {
	b.T.Helper()
	b.Navigate("/setup#" + e2e.Between(b.T, s.Secrets, "/setup#", "\n"))
	b.Sees("Overview", "first administrator")
	b.At("/")
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

// TestDashboard does what an operator does, from the link that serve prints to a service that is off again.
func TestDashboard(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	b := chromium.Open(t, s.URL)
	signIn(b, s)

	b.Click("Enable KV Storage")
	b.Fill("Max memory", "64mb")
	b.Click("Enable")
	b.Sees("KV storage is enabled.", "Healthy", "at most 64 MB")

	b.Click("Projects")
	b.Click("Create project")
	b.Fill("Name", "shop")
	b.Click("Create")
	b.Sees("A token for this project", "shop")
	b.Click("Make a token")
	b.Until("a token in the lines", `document.querySelector('[data-testid=snippet-curl]').textContent.includes('Bearer dt_') && !document.body.innerText.includes('dt_…')`)
	lines := strings.Split(b.Text("[data-testid=snippet-curl]"), "\n")
	set, get := lines[0], lines[1]
	if got := shell(t, set); got != `{"result":"OK"}` {
		t.Errorf("the line that sets is answered %s", got)
	}
	if got := shell(t, get); got != `{"value":"hello"}` {
		t.Errorf("the line that gets is answered %s", got)
	}

	b.Click("Data")
	editKeys(b)

	b.Click("Tokens")
	b.Click("Revoke made in Connect")
	b.Click("Revoke")
	b.Sees("No token yet")
	if got := shell(t, get); !strings.Contains(got, `"unauthorized"`) {
		t.Errorf("after the token was revoked: %s", got)
	}

	b.Click("KV Storage")
	b.Fill("Max memory", "128mb")
	b.Sees("It takes effect at once, without interruption.")
	b.Click("Update")
	b.Sees("KV storage is updated.", "at most 128 MB")
	b.Fill("Max memory", "much")
	b.Click("Update")
	b.Sees(`must be an amount of memory such as "256mb" or "1gb"`, "Request id")
	b.Click("Disable KV Storage")
	b.Sees("The data is kept.")
	b.Click("Disable")
	b.Sees("KV Storage is off", "Its data is kept")
	b.Click("Enable")
	b.Sees("Healthy")

	b.Click("Audit")
	b.Sees("Turned KV Storage off", "Created a token", "Signed in", "first administrator")
	b.Misses("kvDisable")
	b.Fill("Filter", "revoke")
	b.Misses("Turned KV Storage off")
	b.Sees("Revoked a token")
	b.Fill("Filter", "created shop")
	b.Misses("Revoked a token")
	b.Until("the project by its name", `[...document.querySelectorAll('main tbody tr')].some((e) => /Created a project\s+Project 1\s+shop/.test(e.innerText))`)
	b.Fill("Filter", "revoke")
	b.Sees("Revoked a token")
	b.Fill("Filter", "")
	b.Choose("Result", "Refused")
	b.Misses("Revoked a token")
	b.Sees("Tried to change KV Storage", "The request was not valid")
	b.Click("Projects")
	b.Click("shop")
	s.Admin().Must(t, http.MethodPost, "/api/kv/mset", e2e.Object{"project_id": 1, "entries": []e2e.Object{{"key": "a", "value": 1}, {"key": "b", "value": 1}}}, nil)
	b.Click("Settings")
	b.Click("Delete project")
	b.Sees("Its tokens stop working at once. This deletes 2 keys, and cannot be undone.")
	b.Fill("Type shop to confirm", "shop")
	b.Click("Delete")
	b.Sees("No project yet")
	b.Do("go back", chromedp.NavigateBack())
	b.Sees("There is no project 1")

	b.Click("Sign out")
	b.Sees("API key")
	b.Navigate("/setup#" + e2e.Between(t, s.Secrets, "/setup#", "\n"))
	b.Sees("This link does not work any more", "This link was used before")
	b.Fill("API key", e2e.AdminKey)
	b.Click("Sign in")
	b.Sees("Overview", "Healthy")

	b.Click("API keys")
	b.Click("Revoke TEMPSKV_ADMIN_KEY")
	b.Sees("this will sign you out")
	b.Click("Revoke")
	b.Sees(`No other API key with "Everything"`, "create another one first")
}

// editKeys adds, finds, edits, expires and deletes keys of a project that has one, greeting.
func editKeys(b *chromium.Page) {
	b.T.Helper()
	b.Sees("greeting", "1 key")
	for _, key := range []string{"user:1", "user:2", "user:3"} {
		b.Click("Add key")
		b.Fill("Key", key)
		b.Click("JSON")
		b.Fill("Value", `{"id": 1.0, "big": 12345678901234567890}`)
		b.Fill("Time to live", "3600")
		b.Click("Add key")
		b.Sees("expires in ", key)
	}
	b.Until("numbers as they were sent", `document.querySelector('[data-testid=value]').textContent.includes('"id": 1.0') && document.querySelector('[data-testid=value]').textContent.includes('12345678901234567890')`)

	b.Click("Edit")
	b.Fill("Value", `{"id": 2`)
	b.Click("Save")
	b.Sees("This is not JSON")
	b.Fill("Value", `{"id": 2.50}`)
	b.Click("Save")
	b.Until("the new value", `document.querySelector('[data-testid=value]')?.textContent.includes('"id": 2.50')`)
	b.Sees("expires in ")
	b.Click("Change time to live")
	b.Click("Never expire")
	b.Sees("does not expire")
	b.Click("Change time to live")
	b.Fill("Time to live", "120")
	b.Click("Set")
	b.Sees("expires in")
	b.Do("go back", chromedp.NavigateBack())
	b.Until("the key before", `new URLSearchParams(location.search).get('key') === 'user:2'`)

	b.Until("no deletion without a pattern", `!document.querySelector("[aria-label=\"Delete matching\"]")`)
	b.Fill("Pattern", "user:")
	b.Click("Find")
	b.Sees("3 keys")
	b.Misses("greeting")
	b.Click("Flat")
	check(b, "Choose user:1")
	check(b, "Choose user:2")
	b.Click("Delete 2 chosen")
	b.Sees("Delete 2 keys?")
	b.Click("Delete")
	b.Misses("user:1")
	b.Click("Delete matching")
	b.Sees("Delete 1 key?", "user:*")
	b.Click("Delete")
	b.Sees("No key matches")
	b.Fill("Pattern", "")
	b.Click("Find")
	b.Click("greeting")
	b.Click("Delete key")
	b.Click("Delete")
	b.Sees("No keys yet")
}

// TestDashboardDeletesMany deletes all keys, by a pattern, and from 100 of them on by their number.
func TestDashboardDeletesMany(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Admin().Must(t, "POST", "/api/kv/enable", e2e.Object{"engine": "embedded"}, nil)
	s.CreateProject("p")
	store := func(n int) {
		entries := make([]e2e.Object, n)
		for i := range entries {
			entries[i] = e2e.Object{"key": fmt.Sprintf("k%d", i), "value": i}
		}
		s.Admin().Must(t, "POST", "/api/kv/mset", e2e.Object{"project_id": 1, "entries": entries}, nil)
	}
	store(100)
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Navigate("/projects/1/data?view=flat")
	b.Sees("100 keys")
	b.Fill("Pattern", "*")
	b.Click("Find")
	b.Click("Delete matching")
	b.Sees("Delete 100 keys?", "Type 100 to confirm")
	const confirm = `[...document.querySelectorAll('dialog button')].find((b) => b.textContent === 'Delete').disabled`
	b.Until("no deletion without the number", confirm)
	b.Fill("Type 100 to confirm", "99")
	b.Until("no deletion by another number", confirm)
	b.Fill("Type 100 to confirm", "100")
	b.Click("Delete")
	b.Sees("No keys yet")

	store(99)
	b.Navigate("/projects/1/data?view=flat&pattern=k*")
	b.Sees("99 keys")
	b.Click("Delete matching")
	b.Sees("Delete 99 keys?")
	b.Misses("to confirm")
	b.Click("Delete")
	b.Sees("No key matches")
}

// TestDashboardShowsTextAlone stores what a page could take for HTML, and what is too large to show.
func TestDashboardShowsTextAlone(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Admin().Must(t, "POST", "/api/kv/enable", e2e.Object{"engine": "embedded"}, nil)
	const markup = `<script>window.caught=1</script><img src=x onerror="window.caught=1">"'&amp;` + "`${1}` 😀 \u202e"
	s.Admin().Must(t, "POST", "/api/projects", e2e.Object{"name": markup}, nil)
	// A KiB, repeated, so that the part shown first ends within the é. The browser takes its time over emoji.
	large := strings.Repeat(strings.Repeat("0123456789", 101)+"01234567😀é", 1<<10)
	for key, value := range map[string]string{
		markup: quoted(markup), "large": quoted(large), `a"b'c\d`: `"quotes"`, "x:": "1", ":": "2", "a::b": "3",
	} {
		s.Admin().Must(t, "POST", "/api/kv/set", fmt.Sprintf(`{"project_id":1,"key":%s,"value":%s}`, quoted(key), value), nil)
	}
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Navigate("/projects/1/data?view=flat")
	b.Sees("6 keys", "large", `a"b'c\d`)
	b.Click(strings.TrimSpace(markup))
	b.Until("the value", `document.querySelector('[data-testid=value]')?.textContent === `+chromium.Quote(markup))
	b.Click("Edit")
	b.Sees("Its time to live is kept.")
	b.Click("Save")
	b.Until("the value again", `document.querySelector('[data-testid=value]')?.textContent === `+chromium.Quote(markup))
	s.Admin().Expect(t, "get", fmt.Sprintf(`{"project_id":1,"key":%s}`, quoted(markup)), `{"value":`+quoted(markup)+`}`)
	s.Admin().Expect(t, "get", e2e.Object{"project_id": 1, "key": "x:"}, `{"value":1}`)

	b.Click("large")
	b.Sees("Shown: 64 KB of ")
	b.Click("Load the rest")
	b.Misses("Shown: 64 KB")
	b.Click("Text")
	if got := b.Text("[data-testid=value]"); got != large {
		t.Errorf("of %d bytes the page shows %d", len(large), len(got))
	}
	if chromium.Eval[bool](b, `window.caught !== undefined`) {
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

// TestDashboardNoticesWhatEnds lets the session expire, and the server go and come back, which ends no session.
func TestDashboardNoticesWhatEnds(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir(), "--session-time", "40s")
	s.Admin().Must(t, "POST", "/api/kv/enable", e2e.Object{"engine": "embedded"}, nil)
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Click("KV Storage")
	b.Sees("What runs")
	b.Sees("Your session has ended.")
	b.At("/settings")

	s.Kill()
	s = s.Restart("--addr", strings.TrimPrefix(s.URL, "http://"))
	b.Fill("API key", e2e.AdminKey)
	b.Click("Sign in")
	b.Sees("What runs")
	s.Kill()
	b.Sees("The server does not answer. Trying again…")
	s.Restart("--addr", strings.TrimPrefix(s.URL, "http://"))
	b.Misses("The server does not answer.")
	b.Click("Overview") // asks the server
	b.Click("KV Storage")
	b.Sees("What runs", "Healthy")
	b.Misses("Your session has ended.")
}

// TestDashboardByKeyboard signs in, walks and opens a dialog without a mouse.
func TestDashboardByKeyboard(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	b := chromium.Open(t, s.URL)
	b.Navigate("/")
	b.Sees("API key")
	// press presses Tab until something of that name has the focus, and demands that it can be seen to have it.
	press := func(name string) {
		t.Helper()
		b.Until(name+" to come to", fmt.Sprintf(`[...document.querySelectorAll('a, button, input')].some((e) => [e.innerText, e.labels?.[0]?.innerText].some((n) => n?.trim() === %s))`, chromium.Quote(name)))
		for range 60 {
			b.Do("press Tab", chromedp.KeyEvent("\t"))
			if chromium.Eval[bool](b, fmt.Sprintf(`(() => { const e = document.activeElement; return [e.innerText, e.labels?.[0]?.innerText].some((n) => n?.trim() === %s) })()`, chromium.Quote(name))) {
				if chromium.Eval[bool](b, `(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 1 })()`) {
					t.Errorf("the focus on %s cannot be seen", name)
				}
				return
			}
		}
		t.Fatalf("Tab does not come to %s", name)
	}
	press("API key")
	b.Do("type", chromedp.KeyEvent(e2e.AdminKey+"\r"))
	b.Sees("Overview")
	press("Skip to content")
	b.Do("press Enter", chromedp.KeyEvent("\r"))
	press("Enable KV Storage")
	b.Do("press Enter", chromedp.KeyEvent("\r"))
	b.Sees("Choose where the data is stored")
	press("Enable")
	b.Do("press Enter", chromedp.KeyEvent("\r"))
	b.Sees("Healthy")
	press("Disable KV Storage")
	b.Do("press Enter", chromedp.KeyEvent("\r"))
	b.Sees("Disable KV Storage?")
	press("Cancel")
	b.Do("press Escape", chromedp.KeyEvent("\x1b"))
	b.Misses("Disable KV Storage?")
	b.Until("the focus where it was", `document.activeElement.innerText === 'Disable KV Storage'`)
}
