// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestAddressesOfPages finds a page at each of its addresses and a problem at every other: a page that answers for
// all of them would hide a mistyped route of the API.
func TestAddressesOfPages(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	for _, path := range []string{
		"/", "/setup", "/settings", "/projects", "/projects/1", "/projects/1/overview", "/projects/1/data?key=a",
		"/projects/1/connect", "/projects/1/tokens", "/projects/1/settings", "/api-keys", "/audit", "/system",
	} {
		r := s.As("").Do(t, http.MethodGet, path, nil)
		if r.Status != http.StatusOK || r.Header.Get("Content-Type") != "text/html; charset=utf-8" ||
			!strings.Contains(r.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: answered %s with %v", path, r, r.Header)
		}
	}
	for _, path := range []string{
		"/index.html", "/setup/", "/nothing", "/projects/1/nothing", "/projects/1/data/more", "/assets/", "/assets/nothing.js",
		"/api", "/api/", "/api/nothing", "/api/kv/nothing", "/api/session/nothing", "/src/main.tsx",
	} {
		if r := s.Admin().Do(t, http.MethodGet, path, nil); r.Status != http.StatusNotFound || r.Problem().Code != "not_found" {
			t.Errorf("%s: answered %s", path, r)
		}
	}
	// A person gets a page, with the same status, except below /api/.
	for path, page := range map[string]bool{"/nothing": true, "/projects/1/nothing": true, "/assets/nothing.js": true, "/api/nothing": false} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusNotFound || strings.HasPrefix(got, "text/html") != page {
			t.Errorf("%s in a browser: answered %d with %s", path, res.StatusCode, got)
		}
	}
	for _, path := range []string{"/", "/settings", "/api/kv/set"} {
		method := http.MethodPut
		if r := s.Admin().Do(t, method, path, nil); r.Status != http.StatusMethodNotAllowed || r.Header.Get("Allow") == "" {
			t.Errorf("%s %s: answered %s", method, path, r)
		}
	}
	if r := s.Admin().Do(t, http.MethodGet, "/api/kv/set", nil); r.Status != http.StatusMethodNotAllowed {
		t.Errorf("GET /api/kv/set: answered %s", r)
	}
}
