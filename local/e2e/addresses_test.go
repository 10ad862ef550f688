// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestAddressesOfPages finds a page at each of its addresses and a problem at every other: a page that answers for
// all of them would hide a mistyped route of the API.
func TestAddressesOfPages(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	for _, path := range []string{
		"/", "/setup", "/settings", "/projects", "/projects/1", "/projects/1/connect", "/projects/1/data?key=a",
		"/projects/1/tokens", "/api-keys", "/audit", "/system",
	} {
		r := s.as("").do(t, http.MethodGet, path, nil)
		if r.status != http.StatusOK || r.header.Get("Content-Type") != "text/html; charset=utf-8" ||
			!strings.Contains(r.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: answered %s with %v", path, r, r.header)
		}
	}
	for _, path := range []string{
		"/index.html", "/setup/", "/nothing", "/projects/1/nothing", "/projects/1/data/more", "/assets/", "/assets/nothing.js",
		"/api", "/api/", "/api/nothing", "/api/kv/nothing", "/api/session/nothing", "/src/main.tsx",
	} {
		if r := s.admin().do(t, http.MethodGet, path, nil); r.status != http.StatusNotFound || r.problem().Code != "not_found" {
			t.Errorf("%s: answered %s", path, r)
		}
	}
	for _, path := range []string{"/", "/settings", "/api/kv/set"} {
		method := http.MethodPut
		if r := s.admin().do(t, method, path, nil); r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") == "" {
			t.Errorf("%s %s: answered %s", method, path, r)
		}
	}
	if r := s.admin().do(t, http.MethodGet, "/api/kv/set", nil); r.status != http.StatusMethodNotAllowed {
		t.Errorf("GET /api/kv/set: answered %s", r)
	}
}
