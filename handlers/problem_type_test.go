// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers"
)

// TestTypeLeadsToItsPage checks that the type of a problem is below the address that the request came to, and is only a path where
// that has no usable form.
func TestTypeLeadsToItsPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, basePath, stage, host, proto string
		tls                                bool
		want                               string
	}{
		{name: "plain", host: "127.0.0.1:8379", want: "http://127.0.0.1:8379/docs/errors/"},
		{name: "IPv6", host: "[::1]:8379", want: "http://[::1]:8379/docs/errors/"},
		{name: "TLS", host: "kv.example", tls: true, want: "https://kv.example/docs/errors/"},
		{name: "a proxy that ends TLS", host: "kv.example", proto: "https", want: "https://kv.example/docs/errors/"},
		{name: "base path", basePath: "/apps/kv", host: "kv.example", want: "http://kv.example/apps/kv/docs/errors/"},
		{name: "stage", stage: "/prod", host: "kv.example", proto: "https", want: "https://kv.example/prod/docs/errors/"},
		{name: "no host", host: "", want: "/docs/errors/"},
		{name: "no host, base path", basePath: "/kv", host: "", want: "/kv/docs/errors/"},
		{name: "odd host", host: `evil.example/"><script>`, want: "/docs/errors/"},
		{name: "host with a user", host: "kv.example@evil.example", want: "/docs/errors/"},
		{name: "long host", host: strings.Repeat("a", 300), want: "/docs/errors/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			api := newAPIBelow(t, tt.basePath)
			for path, code := range map[string]string{"/api/nothing": "not_found", "/api//x": "not_found", "/api/kv/get": "unauthorized", "/metrics": "unauthorized"} {
				method := http.MethodGet
				if code == "unauthorized" && path != "/metrics" {
					method = http.MethodPost
				}
				r := httptest.NewRequest(method, "/", nil)
				r.URL.Path, r.Host = path, tt.host
				if tt.proto != "" {
					r.Header.Set("X-Forwarded-Proto", tt.proto)
				}
				if tt.tls {
					r.TLS = new(tls.ConnectionState)
				}
				w := httptest.NewRecorder()
				api.ServeHTTP(w, handlers.Below(r, tt.stage))
				var p struct{ Type, Code string }
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Type != tt.want+code || p.Code != code {
					t.Errorf("%s: got %+v, %v, want the type %s", path, p, err, tt.want+code)
				}
			}
		})
	}
}
