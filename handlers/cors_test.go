// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	app       = "https://app.example.com"
	otherPage = "https://other.example.com"
)

// sendFrom sends a request as a page of that origin does, and returns the answer and those of its headers that are
// about origins.
func sendFrom(api http.Handler, origin, method, path string, preflight bool) (*httptest.ResponseRecorder, map[string]string) {
	r := httptest.NewRequest(method, "http://kv.example"+path, strings.NewReader(`{"key":"a"}`))
	r.Header.Set("Authorization", "Bearer "+string(projectToken))
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	if preflight {
		r.Header.Del("Authorization") // browsers never send it here
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	found := map[string]string{}
	for name, values := range w.Header() {
		if name == "Vary" || strings.HasPrefix(name, "Access-Control-") {
			found[name] = strings.Join(values, "; ")
		}
	}
	return w, found
}

// with returns headers with others.
func with(headers map[string]string, others ...map[string]string) map[string]string {
	all := maps.Clone(headers)
	for _, o := range others {
		maps.Copy(all, o)
	}
	return all
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	none := map[string]string{}
	vary := map[string]string{"Vary": "Origin"}
	allow := func(origin string) map[string]string { return map[string]string{"Access-Control-Allow-Origin": origin} }
	seen := map[string]string{"Access-Control-Expose-Headers": "Idempotent-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"}
	sent := map[string]string{
		"Access-Control-Allow-Methods": "DELETE, GET, PATCH, POST",
		"Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-Request-Id",
		"Access-Control-Max-Age":       "7200",
	}
	listed := []string{"http://localhost:3000", app}
	for _, tt := range []struct {
		name         string
		allowed      []string
		origin       string
		method, path string
		preflight    bool
		status       int
		headers      map[string]string
	}{
		{"preflight", listed, app, "OPTIONS", "/api/kv/get", true, 204, with(vary, allow(app), sent)},
		{"preflight of another path", listed, app, "OPTIONS", "/api/projects/1", true, 204, with(vary, allow(app), sent)},
		{"preflight of no path", listed, app, "OPTIONS", "/api/nothing", true, 204, with(vary, allow(app), sent)},
		{"preflight from elsewhere", listed, otherPage, "OPTIONS", "/api/kv/get", true, 405, vary},
		{"preflight from anywhere", []string{"*"}, otherPage, "OPTIONS", "/api/kv/get", true, 204, with(allow("*"), sent)},
		{"preflight while off", nil, app, "OPTIONS", "/api/kv/get", true, 405, none},
		{"preflight of a page", listed, app, "OPTIONS", "/openapi.json", true, 405, none},
		{"OPTIONS alone", listed, app, "OPTIONS", "/api/kv/get", false, 405, with(vary, allow(app), seen)},

		{"refusal of a store", listed, app, "POST", "/api/kv/get", false, 503, with(vary, allow(app), seen)},
		{"refusal of a path", listed, app, "POST", "/api/nothing", false, 404, with(vary, allow(app), seen)},
		{"refusal of a path that is not clean", listed, app, "POST", "/api/kv//get", false, 404, with(vary, allow(app), seen)},
		{"refusal of a method", listed, app, "PUT", "/api/kv/get", false, 405, with(vary, allow(app), seen)},
		{"success", listed, app, "GET", "/api/kv/status", false, 200, with(vary, allow(app), seen)},
		{"from elsewhere", listed, otherPage, "GET", "/api/kv/status", false, 200, vary},
		{"from a longer name", listed, app + ".evil.example", "GET", "/api/kv/status", false, 200, vary},
		{"from a page without an origin", listed, "null", "GET", "/api/kv/status", false, 200, vary},
		{"from no page", listed, "", "GET", "/api/kv/status", false, 200, vary},
		{"from anywhere", []string{"*"}, otherPage, "GET", "/api/kv/status", false, 200, with(allow("*"), seen)},
		{"from a page without an origin, anywhere", []string{"*"}, "null", "GET", "/api/kv/status", false, 200, with(allow("*"), seen)},
		{"while off", nil, app, "GET", "/api/kv/status", false, 200, none},
		{"a page", listed, app, "GET", "/livez", false, 200, none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			api := newDisabledAPI(t, tt.allowed...)
			w, headers := sendFrom(api, tt.origin, tt.method, tt.path, tt.preflight)
			if w.Code != tt.status {
				t.Errorf("answered %d %s, want %d", w.Code, w.Body, tt.status)
			}
			if diff := cmp.Diff(headers, tt.headers); diff != "" {
				t.Errorf("headers (-got +want):\n%s", diff)
			}
			if w.Code == http.StatusNoContent && w.Body.Len() > 0 {
				t.Errorf("there is a body: %s", w.Body)
			}
		})
	}
}

// A page may send whatever method and header the API takes.
func TestOriginsMayUseTheWholeAPI(t *testing.T) {
	t.Parallel()
	api := newDisabledAPI(t, app)
	_, headers := sendFrom(api, app, "OPTIONS", "/api/kv/get", true)
	allowed := strings.Split(headers["Access-Control-Allow-Methods"], ", ")
	for _, path := range []string{"/api/kv/get", "/api/kv/status", "/api/kv/update", "/api/kv/disable", "/api/projects/1"} {
		w, _ := sendFrom(api, app, "PUT", path, false)
		for method := range strings.SplitSeq(w.Header().Get("Allow"), ", ") {
			if method != http.MethodHead && !slices.Contains(allowed, method) { // which browsers send without a preflight
				t.Errorf("%s %s is not for pages", method, path)
			}
		}
	}
}
