// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// signedIn keeps the sessions of the key that fakeControl knows.
type signedIn struct{ access.Sessions }

func (signedIn) AuthenticateHash(ctx context.Context, h access.TokenHash) (*access.Principal, error) {
	if h != adminToken.Hash() {
		return nil, kv.ErrUnauthorized
	}
	return fakeControl{}.Authenticate(ctx, adminToken)
}

// newAPIBelow returns a handler set below a base path, whose KV storage is disabled.
func newAPIBelow(t *testing.T, basePath string) *handlers.API {
	t.Helper()
	service := lifecycle.New(fakeControl{}, lifecycle.Config{})
	run(t, service)
	return handlers.New(handlers.Deps{
		Service: service, Control: fakeControl{}, BasePath: basePath, CORSOrigins: []string{app}, Metrics: metricsPage, Sessions: signedIn{newWorld(t, handlers.Bounds{}).control},
	})
}

func TestBelowBasePath(t *testing.T) {
	t.Parallel()
	api := newAPIBelow(t, "/apps/kv")
	for path, want := range map[string]int{
		"/apps/kv/livez": 200, "/livez": 200, "/apps/kv/readyz": 200, "/readyz": 200, "/apps/kv/metrics": 401, "/metrics": 401,
		"/apps/kv/openapi.json": 200, "/apps/kv/api/kv/status": 401, "/api/kv/status": 401,
		"/apps/kv": 302, "/apps/kv/": 302, "/": 302,
		"/apps": 404, "/apps/": 404, "/apps/kvs/livez": 404, "/kv/livez": 404, "/apps/kv/apps/kv/livez": 404, "/APPS/KV/livez": 404,
		"/apps/kv/nothing": 404, "/apps/kv//livez": 404, "/apps//kv/livez": 404, "/apps/kv/../kv/livez": 404, "/apps/%6bv/livez": 404,
		"/apps%2Fkv/livez": 404, "/apps/kv%2Flivez": 404,
	} {
		if _, got := unwatched(api, http.MethodGet, path, "", ""); got.Code != want {
			t.Errorf("%s: answered %d %s, want %d", path, got.Code, got.Body, want)
		}
	}
	for path, want := range map[string]string{
		"/apps/kv": "/apps/kv/", "/apps/kv?a=//b&c": "/apps/kv/?a=//b&c", "/apps/kv/": "/apps/kv/docs", "/": "/apps/kv/docs",
	} {
		if _, got := unwatched(api, http.MethodGet, path, "", ""); got.Header().Get("Location") != want {
			t.Errorf("%s: leads to %q, want %q", path, got.Header().Get("Location"), want)
		}
	}
	if _, got := unwatched(api, http.MethodPost, "/apps/kv", "", "{}"); got.Code != http.StatusNotFound {
		t.Errorf("POST /apps/kv: answered %d", got.Code)
	}
	if _, seen := sendFrom(api, app, http.MethodOptions, "/apps/kv/api/kv/get", true); seen["Access-Control-Allow-Origin"] != app {
		t.Errorf("a preflight below the base path is answered %v", seen)
	}
}

// A token may have any characters in a path: they stay as they were written.
func TestBasePathKeepsEncodedPaths(t *testing.T) {
	t.Parallel()
	api := newAPIBelow(t, "/kv")
	var patterns []string
	for _, path := range []string{"/kv/api/projects/1/tokens/a%2Fb", "/api/projects/1/tokens/a%2Fb"} {
		r, got := unwatched(api, http.MethodDelete, path, string(adminToken), "")
		if got.Code == http.StatusNotFound && strings.Contains(got.Body.String(), `"not_found"`) {
			t.Errorf("%s: answered %s", path, got.Body)
		}
		patterns = append(patterns, r.Pattern)
	}
	if diff := cmp.Diff(patterns, []string{"DELETE /api/projects/{id}/tokens/{token_id}", "DELETE /api/projects/{id}/tokens/{token_id}"}); diff != "" {
		t.Errorf("the routes, which the log has (-got +want):\n%s", diff)
	}
}

func TestPagesNameTheBasePath(t *testing.T) {
	t.Parallel()
	for basePath, server := range map[string]string{"": "http://example.com", "/kv": "http://example.com/kv"} {
		api := newAPIBelow(t, basePath)
		for _, path := range []string{"/openapi.json", "/openapi-3.0.json"} {
			_, got := unwatched(api, http.MethodGet, basePath+path, "", "")
			var document struct{ Servers []struct{ URL string } }
			if err := json.Unmarshal(got.Body.Bytes(), &document); err != nil || len(document.Servers) != 1 || document.Servers[0].URL != server {
				t.Errorf("%s%s: servers %v, %v", basePath, path, document.Servers, err)
			}
		}
		if _, got := unwatched(api, http.MethodGet, basePath+"/openapi.yaml", "", ""); !strings.Contains(got.Body.String(), "url: "+server+"\n") {
			t.Errorf("%s/openapi.yaml names another server", basePath)
		}
	}
}

// The path of a cookie tells two servers of one host apart. Over TLS it has to be /, so that the name does.
func TestCookiesBelowBasePath(t *testing.T) {
	t.Parallel()
	api := newAPIBelow(t, "/apps/kv")
	for origin, want := range map[string][2]string{
		"http://kv.example":       {"tempskv_session", "/apps/kv"},
		"http://127.0.0.1:8379":   {"tempskv_session_8379", "/apps/kv"},
		"https://kv.example":      {"__Host-tempskv_session.apps.kv", "/"},
		"https://kv.example:8443": {"__Host-tempskv_session_8443.apps.kv", "/"},
	} {
		for _, path := range []string{"/apps/kv/api/session", "/api/session"} {
			header := http.Header{"Origin": {origin}, "Content-Type": {"application/json"}}
			send := func(method, body string) *http.Response {
				r := httptest.NewRequest(method, strings.Replace(origin, "https", "http", 1)+path, strings.NewReader(body))
				r.Header = header.Clone()
				answer := httptest.NewRecorder()
				api.ServeHTTP(answer, r)
				return answer.Result()
			}
			answer := send(http.MethodPost, `{"token":"`+string(adminToken)+`"}`)
			cookies := answer.Cookies()
			if len(cookies) != 1 || cookies[0].Name != want[0] || cookies[0].Path != want[1] {
				t.Errorf("%s%s: got %d %v, want %v", origin, path, answer.StatusCode, cookies, want)
				continue
			}
			var session struct {
				CSRFToken string `json:"csrf_token"`
			}
			if err := json.NewDecoder(answer.Body).Decode(&session); err != nil {
				t.Fatal(err)
			}
			header.Set("Cookie", cookies[0].Name+"="+cookies[0].Value)
			header.Set("X-CSRF-Token", session.CSRFToken)
			answer = send(http.MethodDelete, "")
			if gone := answer.Cookies(); answer.StatusCode != http.StatusNoContent || len(gone) != 1 || gone[0].Name != want[0] || gone[0].Path != want[1] || gone[0].MaxAge >= 0 {
				t.Errorf("%s%s: signing out is answered %d %v", origin, path, answer.StatusCode, gone)
			}
		}
	}
}
