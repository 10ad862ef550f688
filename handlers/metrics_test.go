// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"net/http"
	"testing"

	"github.com/tempskv/tempskv/handlers"
)

func TestMetricsAreForSystemRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	project := w.project("a")
	for _, tt := range []struct {
		name, token string
		status      int
	}{
		{"no token", "", 401},
		{"a wrong one", "tk_nobody", 401},
		{"a deployment token", w.token(project, ""), 403},
		{"data alone", w.key(`"permissions":["KvRead","KvWrite"]`), 403},
		{"SystemRead", w.key(`"permissions":["SystemRead"]`), 200},
		{"SystemAdmin", w.admin, 200},
	} {
		got := call(w.api, http.MethodGet, "/metrics", tt.token, "")
		if got.Code != tt.status || (got.Body.String() == "page\n") != (tt.status == 200) {
			t.Errorf("%s: answered %d %s, want %d", tt.name, got.Code, got.Body, tt.status)
		}
	}
	w.refused("method_not_allowed", w.admin, "POST", "/metrics", "")
	if got := w.want(200, w.admin, "GET", "/api/system", "")["metrics"]; got != "/metrics" {
		t.Errorf("the system tells %v", got)
	}
}

// The dashboard shows the page: by the cookie alone, nobody sees it.
func TestMetricsOfABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	p := w.browse()
	p.signIn(w.key(`"permissions":["SystemRead"]`))
	p.want(200, "", http.MethodGet, "/metrics", "")
	secret := p.header
	for name, header := range map[string]http.Header{
		"a link": {"Sec-Fetch-Site": {"same-origin"}}, "no browser": {},
		"another page": {"Sec-Fetch-Site": {"cross-site"}, "X-Csrf-Token": secret["X-Csrf-Token"]},
	} {
		p.header = header
		if got := p.send(http.MethodGet, "/metrics", ""); got.Code != 401 {
			t.Errorf("%s: answered %d %s", name, got.Code, got.Body)
		}
	}
}
