// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/security"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestDashboardBelowBasePaths uses two servers that are at paths of one origin, behind a proxy that strips the path of one of
// them.
func TestDashboardBelowBasePaths(t *testing.T) {
	t.Parallel()
	one, _, strips := e2e.ServeBelow(t, t.TempDir(), "/kv")
	other, keeps, _ := e2e.ServeBelow(t, t.TempDir(), "/apps/kv")
	mux := http.NewServeMux()
	mux.Handle("/kv/", strips)
	mux.Handle("/apps/kv/", keeps)
	mux.Handle("/apps/kv", keeps)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/favicon.ico" { // browsers ask for that of /docs
			t.Errorf("the browser asked for %s, which is below no base path", r.URL.Path)
		}
		http.NotFound(w, r)
	})
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	b := chromium.Open(t, front.URL)

	useBelow(b, one, front.URL, "/kv")
	useBelow(b, other, front.URL, "/apps/kv")
	b.Navigate("/apps/kv")
	b.Sees("Healthy")
	b.At("/apps/kv/")
	b.Click("Sign out")
	b.Sees("API key")
	b.Navigate("/kv/system") // the session there goes on
	b.Sees("first administrator", "Configuration", "/kv")
	b.Click("Metrics")
	b.Sees("tempskv_requests_total")
}

// TestDashboardBelowBasePathsOverTLS signs in at two servers of one origin, whose cookies have the same path there.
func TestDashboardBelowBasePathsOverTLS(t *testing.T) {
	t.Parallel()
	one, _, strips := e2e.ServeBelow(t, t.TempDir(), "/kv")
	other, keeps, _ := e2e.ServeBelow(t, t.TempDir(), "/apps/kv")
	mux := http.NewServeMux()
	mux.Handle("/kv/", strips)
	mux.Handle("/apps/kv/", keeps)
	front := httptest.NewTLSServer(mux)
	t.Cleanup(front.Close)
	b := chromium.Open(t, front.URL)
	b.Do("trust the proxy", chromium.Protocol(security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}))
	b.Navigate("/kv/setup#" + e2e.Between(t, one.Secrets, "/kv/setup#", "\n"))
	b.Sees("Overview", "first administrator")
	b.Navigate("/apps/kv/setup#" + e2e.Between(t, other.Secrets, "/apps/kv/setup#", "\n"))
	b.Sees("Overview", "first administrator")
	for _, base := range []string{"/kv", "/apps/kv"} {
		b.Navigate(base + "/system")
		b.Sees("first administrator", "Configuration")
		b.At(base + "/system")
	}
}

// TestDashboardWithoutItsProxy opens a server with a base path by the address that it listens on.
func TestDashboardWithoutItsProxy(t *testing.T) {
	t.Parallel()
	s, _, _ := e2e.ServeBelow(t, t.TempDir(), "/kv")
	b := chromium.Open(t, s.URL)
	b.Navigate("/projects?a=1")
	b.Sees("API key")
	b.At("/kv/projects?a=1")
	b.Fill("API key", e2e.AdminKey)
	b.Click("Sign in")
	b.Sees("No project yet")
	b.Click("Overview")
	b.At("/kv/")
	b.Navigate("/setup#" + e2e.Between(t, s.Secrets, "/kv/setup#", "\n"))
	b.Sees("Sign in with this link?")
	b.Click("Sign in with the link")
	b.Sees("Overview", "first administrator")
	b.At("/kv/")
}

// useBelow walks through a server, from the link that it made to the documentation.
func useBelow(b *chromium.Page, s *e2e.Server, origin, base string) {
	t := b.T
	t.Helper()
	b.Navigate(base + "/setup#" + e2e.Between(t, s.Secrets, base+"/setup#", "\n"))
	b.Sees("Overview", "first administrator")
	b.At(base + "/")
	b.Click("Enable KV Storage")
	b.At(base + "/settings")
	b.Click("Enable")
	b.Sees("KV storage is enabled.", "Healthy")
	b.Until("the page of now in the list", `document.querySelector('nav a[aria-current=page]')?.innerText.trim() === 'KV Storage'`)

	b.Click("Projects")
	b.Click("Create project")
	b.Fill("Name", "shop")
	b.Click("Create")
	b.Sees("A token for this project", "shop")
	b.At(base + "/projects/1/connect")
	b.Click("Make a token")
	b.Until("a token in the lines", `document.querySelector('[data-testid=snippet-curl]').textContent.includes('Bearer dt_') && !document.body.innerText.includes('dt_…')`)
	set, _, _ := strings.Cut(b.Text("[data-testid=snippet-curl]"), "\n")
	if !strings.Contains(set, origin+base+"/api/kv/set") {
		t.Errorf("the page says %s", set)
	}
	if got := shell(t, set); got != `{"result":"OK"}` {
		t.Errorf("the line that sets is answered %s", got)
	}
	b.Navigate(base + "/projects/1/data?view=flat")
	b.Sees("1 key", "greeting")
	b.Click("greeting")
	b.Until("its value", `document.querySelector('[data-testid=value]')?.textContent.includes('hello')`)
	b.Click("Projects")
	b.Click("shop")
	b.Sees("Traffic")
	b.At(base + "/projects/1/overview")
	b.Click("tempskv")
	b.Sees("Projects, the busiest first")
	b.At(base + "/")

	b.Click("Backups")
	b.Click("Back up now")
	b.Sees("was made:")
	saves(b, made(s))
	b.At(base + "/backups")

	b.Navigate(base + "/docs/api")
	b.Until("the documentation", `document.querySelectorAll('.opblock').length > 10 && document.querySelector('.servers option')?.value === `+chromium.Quote(origin+base))
}
