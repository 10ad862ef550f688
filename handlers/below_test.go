// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers"
)

// TestBelowOfRequest checks that the path of one request, such as a stage, takes precedence over that of the server, in what leads to
// other pages.
func TestBelowOfRequest(t *testing.T) {
	t.Parallel()
	api := newAPIBelow(t, "")
	get := func(path, below string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, handlers.Below(httptest.NewRequest(http.MethodGet, path, nil), below))
		return w
	}
	for _, below := range []string{"", "/prod", "/apps/kv"} {
		if to := get("/", below).Header().Get("Location"); to != below+"/docs" {
			t.Errorf("below %q, / leads to %q", below, to)
		}
	}
}

// TestOperation checks that whatever a caller sends has one of the names of operations, or is other.
func TestOperation(t *testing.T) {
	t.Parallel()
	api := newAPIBelow(t, "")
	for request, want := range map[string]string{
		"POST /api/kv/get": "kvGet", "PATCH /api/projects/7": "updateProject", "GET /api/kv/get": "other", "POST /api/kv/get/": "other",
		"POST //api/kv/get": "other", "POST /api/./kv/get": "other", "GET /livez": "other", "GET /": "other", "GET /api/x": "other",
		"DELETE /api/projects/1/tokens/any": "revokeToken",
	} {
		method, path, _ := strings.Cut(request, " ")
		r := httptest.NewRequest(method, "/", nil)
		r.URL.Path = path
		if got := api.Operation(r); got != want {
			t.Errorf("%s is counted as %s, want %s", request, got, want)
		}
	}
}
