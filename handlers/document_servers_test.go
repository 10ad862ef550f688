// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/tempskv/tempskv/handlers"
)

// TestDocumentNamesItsServer fetches each form from different addresses.
func TestDocumentNamesItsServer(t *testing.T) {
	t.Parallel()
	direct, below := newAPIBelow(t, ""), newAPIBelow(t, "/apps/kv")
	for _, tt := range []struct {
		api          *handlers.API
		url, proto   string
		stage, other string // what the runtime took from the path, and another host header
		want         string
	}{
		{direct, "http://kv.example:8379", "", "", "", "http://kv.example:8379"},
		{direct, "https://kv.example", "", "", "", "https://kv.example"},
		{direct, "http://kv.example", "https", "", "", "https://kv.example"},
		{direct, "http://kv.example", "HTTPS", "", "", "https://kv.example"},
		{direct, "http://kv.example", "http", "", "", "http://kv.example"},
		{direct, "http://kv.example", "javascript", "", "", "http://kv.example"},
		{direct, "http://[::1]:8379", "", "", "", "http://[::1]:8379"},
		{below, "http://kv.example/apps/kv", "", "", "", "http://kv.example/apps/kv"},
		{below, "http://kv.example", "https", "", "", "https://kv.example/apps/kv"}, // a proxy took the path
		{direct, "https://x.execute-api.eu-central-1.amazonaws.com", "https", "/prod", "",
			"https://x.execute-api.eu-central-1.amazonaws.com/prod"},
		{direct, "http://kv.example", "", "", `a"b: c`, "/"},
		{direct, "http://kv.example", "", "", "evil.example/x", "/"},
		{below, "http://kv.example", "", "", "a b", "/apps/kv"},
	} {
		for _, path := range []string{"/openapi.json", "/openapi.yaml", "/openapi-3.0.json"} {
			r := httptest.NewRequest(http.MethodGet, tt.url+path, nil)
			if tt.proto != "" {
				r.Header.Set("X-Forwarded-Proto", tt.proto)
			}
			if tt.other != "" {
				r.Host = tt.other
			}
			w := httptest.NewRecorder()
			tt.api.ServeHTTP(w, handlers.Below(r, tt.stage))
			var document struct {
				Servers []struct{ URL, Description string }
			}
			if err := yaml.Unmarshal(w.Body.Bytes(), &document); err != nil || len(document.Servers) != 1 ||
				document.Servers[0].URL != tt.want || document.Servers[0].Description == "" {
				t.Errorf("%s%s %q: got %+v %v, want %s", tt.url, path, tt.other, document.Servers, err, tt.want)
			}
			if strings.Contains(w.Body.String(), ".invalid") {
				t.Errorf("%s%s names no server", tt.url, path)
			}
		}
	}
}
