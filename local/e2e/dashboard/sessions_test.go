// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// neighbour is a server on another port of the host, which gets the cookies of all and sets its own.
type neighbour struct {
	*httptest.Server
	mu   sync.Mutex
	seen string // the cookies that a browser sent
}

// startNeighbour starts a neighbour that answers with the cookies that set makes of those that it gets.
func startNeighbour(t *testing.T, set func(name string) []string) *neighbour {
	n := &neighbour{}
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		defer n.mu.Unlock()
		if sent := r.Header.Get("Cookie"); sent != "" {
			n.seen = sent
			name, _, _ := strings.Cut(sent, "=")
			for _, c := range set(name) {
				w.Header().Add("Set-Cookie", c)
			}
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<title>neighbour</title>a neighbour")
	}))
	t.Cleanup(n.Close)
	return n
}

// cookies returns what the neighbour got.
func (n *neighbour) cookies() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.seen
}

// visit opens a page of the neighbour, and then one of the server again.
func (n *neighbour) visit(b *chromium.Page, back string) {
	b.T.Helper()
	chromium.Eval[bool](b, fmt.Sprintf(`(location.href = %s, true)`, chromium.Quote(n.URL)))
	b.Sees("a neighbour")
	b.Navigate(back)
}

// TestDashboardBesideAnotherPort opens a page of another port of the host, which gets the session's cookie. It cannot use the
// session, and the cookies that it sets do not end it.
func TestDashboardBesideAnotherPort(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	n := startNeighbour(t, func(name string) []string {
		return []string{
			name + "=junk; Path=/api", name + "=ss_junk; Path=/api/session", "tempskv_session=junk; Path=/", "tempskv_session=ss_junk; Path=/api",
		}
	})
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	n.visit(b, "/api-keys")
	b.Sees("Signed-in browsers", "first administrator", "This browser")

	stolen := n.cookies()
	if !strings.Contains(stolen, "tempskv_session") {
		t.Fatalf("the neighbour got the cookies %q", stolen)
	}
	for _, call := range [][3]string{
		{"GET", "/api/session", ""}, {"GET", "/api/sessions", ""}, {"GET", "/metrics", ""},
		{"POST", "/api/api-keys", `{"name":"stolen","permissions":["SystemAdmin"]}`},
	} {
		r, err := http.NewRequestWithContext(t.Context(), call[0], s.URL+call[1], strings.NewReader(call[2]))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Cookie": {stolen}, "Origin": {s.URL}, "Sec-Fetch-Site": {"same-origin"}, "Content-Type": {"application/json"}}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if answer.Body.Close(); answer.StatusCode != http.StatusUnauthorized || err != nil {
			t.Errorf("%v: answered %d %s", call, answer.StatusCode, text)
		}
	}
	b.Click("Sign out")
	b.Sees("API key")
	b.Fill("API key", e2e.AdminKey)
	b.Click("Sign in")
	b.Sees("Signed-in browsers")
	b.Navigate("/system")
	b.Click("Metrics")
	b.Sees("tempskv_build_info")
}

// TestDashboardSignsInByCodesAlone opens links that sign in with what somebody else chose, or where somebody is signed in.
func TestDashboardSignsInByCodesAlone(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	b := chromium.Open(t, s.URL)
	// open opens a link as a new page: another # alone would stay on the one that is there.
	open := func(code string) {
		t.Helper()
		b.Navigate("/livez")
		b.Navigate("/setup#" + code)
	}
	open(e2e.AdminKey)
	b.Sees("This is not a sign-in link")
	if got := chromium.Eval[string](b, `location.href`); strings.Contains(got, "tk_") {
		t.Errorf("the address is %s", got)
	}
	b.Fill("API key", e2e.AdminKey)
	b.Click("Sign in")
	b.Sees("Overview", "Sign out")
	code := e2e.Between(t, s.Secrets, "/setup#", "\n")
	open(code)
	b.Sees("Sign in with this link?")
	b.Click("Stay signed in")
	b.Sees("Overview", "Sign out")
	b.Misses("first administrator")
	open(code)
	b.Click("Sign in with the link")
	b.Sees("Overview", "first administrator")
	open(code)
	b.Click("Sign in with the link")
	b.Sees("This link was used before")
	b.Click("Stay signed in")
	b.Sees("Overview", "first administrator")
}

// TestDashboardEndsSessions lists two browsers, and signs the other out.
func TestDashboardEndsSessions(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	one, two := chromium.Open(t, s.URL), chromium.Open(t, s.URL)
	signIn(one, s)
	two.Navigate("/audit")
	two.Fill("API key", e2e.AdminKey)
	two.Click("Sign in")
	two.Sees("entries shown")
	one.Click("API keys")
	one.Until("both", `document.querySelectorAll('table[aria-label="Signed-in browsers"] tbody tr').length === 2`)
	chromium.Eval[bool](one, `(() => { document.querySelector('[aria-label^="Sign out "]').click(); return true })()`)
	one.Until("one", `document.querySelectorAll('table[aria-label="Signed-in browsers"] tbody tr').length === 1`)
	two.Click("Projects")
	two.Sees("Your session has ended.")
	one.Navigate("/projects")
	one.Sees("No project yet")

	// Another tab of the same browser has the session too, and its end is seen in this one.
	chromium.Eval[bool](one, `(() => { document.body.append(Object.assign(document.createElement('div'), { id: 'before' })); window.other = window.open('/audit'); return window.other !== null })()`)
	one.Until("the other tab signed in", `window.other.document.body.innerText.includes("entries shown")`)
	chromium.Eval[bool](one, `(() => { [...window.other.document.querySelectorAll('button')].find((b) => b.innerText === 'Sign out').click(); return true })()`)
	one.Sees("API key", "Sign in")
	if !chromium.Eval[bool](one, `document.getElementById('before') !== null`) {
		t.Error("the page was loaded again")
	}
}
