// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers"
)

// The port is in the name of the cookie: another server on the host, on another port, sets another one.
func TestCookiesAreCalledAfterThePort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	for origin, want := range map[string]string{
		"http://kv.example": "tempskv_session", "http://127.0.0.1:8379": "tempskv_session_8379", "http://[::1]:80": "tempskv_session_80",
		"https://kv.example:8443": "__Host-tempskv_session_8443", "https://kv.example": "__Host-tempskv_session",
	} {
		r := httptest.NewRequest("POST", strings.Replace(origin, "https", "http", 1)+"/api/session", strings.NewReader(fmt.Sprintf(`{"token":%q}`, w.admin)))
		r.Header = http.Header{"Origin": {origin}, "Content-Type": {"application/json"}}
		answer := httptest.NewRecorder()
		w.api.ServeHTTP(answer, r)
		if c := answer.Result().Cookies(); len(c) != 1 || c[0].Name != want || c[0].Path != "/" || c[0].Domain != "" || c[0].Secure != strings.HasPrefix(want, "__Host-") {
			t.Errorf("%s: got %v", origin, c)
		}
	}
}

// Where the browser speaks TLS, be it to a proxy, the cookie is never sent without.
func TestSessionsOverTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	p := w.browse()
	p.header.Set("Origin", "https://kv.example")
	p.signIn(w.admin)
	if c := p.cookie; c.Name != "__Host-tempskv_session" || !c.Secure || c.Path != "/" || c.Domain != "" {
		t.Errorf("got cookie %+v", c)
	}
	p.want(200, "", "GET", "/api/projects", "")
	p.cookie.Name = "tempskv_session" // a server without TLS can set such a cookie, and no other
	for _, tt := range []struct {
		state  *tls.ConnectionState
		status int
	}{{nil, 200}, {&tls.ConnectionState{}, 401}} {
		r := httptest.NewRequest("GET", ownOrigin+"/api/projects", nil)
		r.Header, r.TLS = p.header.Clone(), tt.state
		r.AddCookie(p.cookie)
		answer := httptest.NewRecorder()
		if w.api.ServeHTTP(answer, r); answer.Code != tt.status {
			t.Errorf("with TLS %v: answered %d %s", tt.state != nil, answer.Code, answer.Body)
		}
	}
}

// The proxy that a browser speaks TLS to says so where the browser's origin does not.
func TestSessionsBehindProxies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	for proto, secure := range map[string]bool{
		"https": true, "HTTPS": true, "https, http": true, "http": false, "": false, "http, https": false, "httpss": false,
	} {
		p := w.browse()
		p.header.Set("X-Forwarded-Proto", proto)
		p.signIn(w.admin)
		if c := p.cookie; c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure {
			t.Errorf("%q: got cookie %+v", proto, c)
		}
		p.want(200, "", "GET", "/api/projects", "")
		if p.cookie.Name = "tempskv_session"; secure { // not set over TLS
			p.want(401, "unauthorized", "GET", "/api/projects", "")
		}
	}
}
