// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers"
)

// page is a browser that shows a page of the server, or tries to.
type page struct {
	w      *world
	header http.Header
	cookie *http.Cookie
}

const ownOrigin = "http://kv.example"

// browse returns a browser that is not signed in.
func (w *world) browse() *page {
	return &page{w: w, header: http.Header{
		"Origin": {ownOrigin}, "Sec-Fetch-Site": {"same-origin"}, "Content-Type": {"application/json"},
	}}
}

// send sends what the page would.
func (p *page) send(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, ownOrigin+path, strings.NewReader(body))
	r.Header = p.header.Clone()
	if p.cookie != nil {
		r.AddCookie(p.cookie)
	}
	answer := httptest.NewRecorder()
	p.w.api.ServeHTTP(answer, r)
	return answer
}

// signIn signs in, and demands success.
func (p *page) signIn(token string) {
	p.w.t.Helper()
	answer := p.send("POST", "/api/session", fmt.Sprintf(`{"token":%q}`, token))
	if answer.Code != http.StatusCreated {
		p.w.t.Fatalf("answered %d %s", answer.Code, answer.Body)
	}
	p.cookie = answer.Result().Cookies()[0]
	var session struct {
		CSRFToken string `json:"csrf_token"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &session); err != nil {
		p.w.t.Fatal(err)
	}
	p.header.Set("X-CSRF-Token", session.CSRFToken)
}

// want demands a status, and of a refusal a code.
func (p *page) want(status int, code, method, path, body string) {
	p.w.t.Helper()
	answer := p.send(method, path, body)
	if answer.Code != status {
		p.w.t.Errorf("%s %s: answered %d %s, want %d", method, path, answer.Code, answer.Body, status)
	}
	if code != "" {
		if got := problemOf(p.w.t, answer); got.Code != code {
			p.w.t.Errorf("%s %s: got %+v, want %s", method, path, got, code)
		}
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	project := w.project("p")
	p := w.browse()
	p.want(401, "unauthorized", "GET", "/api/session", "")
	p.want(401, "unauthorized", "POST", "/api/session", `{"token":"tk_nobody"}`)
	p.want(422, "invalid", "POST", "/api/session", `{}`)
	p.want(403, "permission_denied", "POST", "/api/session", `{"token":"`+w.token(project, "")+`"}`)

	p.signIn(w.admin)
	if c := p.cookie; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure || c.MaxAge < 3600 ||
		strings.Contains(c.Value, w.admin) {
		t.Errorf("got cookie %+v", c)
	}
	p.want(200, "", "GET", "/api/session", "")
	p.want(200, "", "GET", "/api/projects", "")
	p.want(201, "", "POST", "/api/projects", `{"name":"by browser"}`)
	p.want(200, "", "POST", "/api/kv/set", fmt.Sprintf(`{"key":"a","value":1,"project_id":%d}`, project))
	if got := p.send("GET", "/api/projects", "").Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("got Cache-Control %q", got)
	}

	p.want(204, "", "DELETE", "/api/session", "")
	p.want(401, "unauthorized", "GET", "/api/session", "") // the cookie is sent still
	p.want(401, "unauthorized", "GET", "/api/projects", "")
	var actions []string
	for _, e := range w.want(200, w.admin, "GET", "/api/audit?limit=4", "")["entries"].([]any) {
		entry := e.(map[string]any)
		actions = append(actions, fmt.Sprint(entry["action"], " ", entry["target"], " ", entry["result"]))
	}
	want := []string{"deleteSession session ok", "createProject project:2 ok", "createSession session ok", "createToken"}
	if diff := cmp.Diff(want[:3], actions[:3]); diff != "" {
		t.Error(diff)
	}
}

// What another page, a form or a thief of the cookie can send is refused before anything is done.
func TestSessionsOfOtherPages(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	for name, spoil := range map[string]func(http.Header){
		"no origin":           func(h http.Header) { h.Del("Origin") },
		"another origin":      func(h http.Header) { h.Set("Origin", "http://evil.example") },
		"null origin":         func(h http.Header) { h.Set("Origin", "null") },
		"another port":        func(h http.Header) { h.Set("Origin", ownOrigin+":81") },
		"another site":        func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") },
		"another of the site": func(h http.Header) { h.Set("Sec-Fetch-Site", "same-site") },
		"no CSRF token":       func(h http.Header) { h.Del("X-CSRF-Token") },
		"empty CSRF token":    func(h http.Header) { h.Set("X-CSRF-Token", "") },
		"another CSRF token":  func(h http.Header) { h.Set("X-CSRF-Token", "cs_x") },
	} {
		p := w.browse()
		p.signIn(w.admin)
		spoil(p.header)
		p.want(401, "unauthorized", "POST", "/api/projects", `{"name":"`+name+`"}`)
		p.want(401, "unauthorized", "DELETE", "/api/session", "")
	}
	for _, mediaType := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
		p := w.browse()
		p.signIn(w.admin)
		p.header.Del("Content-Type")
		if mediaType != "" {
			p.header.Set("Content-Type", mediaType)
		}
		p.want(415, "unsupported_media_type", "POST", "/api/projects", `{"name":"form"}`)
	}
	reader := w.browse()
	reader.signIn(w.admin)
	reader.header.Del("X-CSRF-Token")
	reader.want(401, "unauthorized", "GET", "/api/audit", "")
	stranger := w.browse()
	stranger.header.Set("Origin", "http://evil.example")
	stranger.want(401, "unauthorized", "POST", "/api/session", `{"token":"`+w.admin+`"}`)
	if got := w.want(200, w.admin, "GET", "/api/projects", "")["projects"].([]any); len(got) != 0 {
		t.Errorf("there are projects: %v", got)
	}
}

// A link carries no header of its page: of the one operation that takes it, the browser's own word will do.
func TestSessionsOfLinks(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	const download = "/api/kv/backups/20300102T150405Z-k3v7x2ab/download"
	for _, tt := range []struct {
		name   string
		header http.Header
		code   string
	}{
		// There is no such backup, which only callers with permission are told.
		{"a link", http.Header{"Sec-Fetch-Site": {"same-origin"}}, "backup_not_found"},
		{"a link without TLS", http.Header{"Referer": {ownOrigin + "/backups"}}, "backup_not_found"},
		{"an address typed in", http.Header{"Sec-Fetch-Site": {"none"}}, "unauthorized"},
		{"another site", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Referer": {ownOrigin + "/"}}, "unauthorized"},
		{"another of the site", http.Header{"Sec-Fetch-Site": {"same-site"}, "Referer": {ownOrigin + "/"}}, "unauthorized"},
		{"another page without TLS", http.Header{"Referer": {"http://evil.example/" + ownOrigin}}, "unauthorized"},
		{"another port without TLS", http.Header{"Referer": {ownOrigin + ":81/"}}, "unauthorized"},
		{"another origin", http.Header{"Origin": {"http://evil.example"}, "Referer": {ownOrigin + "/"}}, "unauthorized"},
		{"nothing said", http.Header{}, "unauthorized"},
		{"no address", http.Header{"Referer": {"/backups"}}, "unauthorized"},
	} {
		p := w.browse()
		p.signIn(w.admin)
		p.header = tt.header
		if answer := p.send("GET", download, ""); problemOf(t, answer).Code != tt.code {
			t.Errorf("%s: answered %d %s, want %s", tt.name, answer.Code, answer.Body, tt.code)
		}
		p.want(401, "unauthorized", "GET", "/api/kv/backups", "")
	}
	reader := w.browse()
	reader.signIn(w.key(`"permissions":["SystemRead"]`))
	reader.header = http.Header{"Sec-Fetch-Site": {"same-origin"}}
	reader.want(403, "permission_denied", "GET", download, "")
}

// Where the browser speaks TLS, be it to a proxy, the cookie is never sent without.
func TestSessionsOverTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	p := w.browse()
	p.header.Set("Origin", "https://kv.example")
	p.signIn(w.admin)
	if !p.cookie.Secure {
		t.Errorf("got cookie %+v", p.cookie)
	}
	p.want(200, "", "GET", "/api/projects", "")
}

func TestSessionsEndWithTheirKey(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	key := w.want(201, w.admin, "POST", "/api/api-keys", `{"name":"k","permissions":["SystemRead"]}`)
	p := w.browse()
	p.signIn(key["token"].(string))
	p.want(200, "", "GET", "/api/projects", "")
	p.want(403, "permission_denied", "POST", "/api/projects", `{"name":"n"}`)
	w.want(204, w.admin, "DELETE", "/api/api-keys/"+key["id"].(string), "")
	p.want(401, "unauthorized", "GET", "/api/projects", "")
	p.want(401, "unauthorized", "GET", "/api/session", "")
}

func TestSetupCodesWorkOnce(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	code := string(w.invite())
	p := w.browse()
	p.want(401, "unauthorized", "POST", "/api/session", `{"token":"su_wrong"}`)
	p.want(401, "unauthorized", "POST", "/api/session", `{"token":"su_"}`)
	p.signIn(code)
	p.want(201, "", "POST", "/api/projects", `{"name":"n"}`)
	w.browse().want(401, "unauthorized", "POST", "/api/session", `{"token":"`+code+`"}`)
}

func TestSigningInIsSlowedDown(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	p := w.browse()
	var codes []string
	for range 20 { // on a busy machine some come late enough
		answer := p.send("POST", "/api/session", `{"token":"tk_wrong"}`)
		codes = append(codes, problemOf(t, answer).Code)
		if answer.Code == http.StatusTooManyRequests {
			if wait, err := strconv.Atoi(answer.Header().Get("Retry-After")); err != nil || wait < 1 {
				t.Errorf("got Retry-After %q", answer.Header())
			}
		}
	}
	free := []string{"unauthorized", "unauthorized", "unauthorized", "unauthorized", "unauthorized"}
	if !cmp.Equal(codes[:5], free) || !slices.Contains(codes, "rate_limited") {
		t.Errorf("got %v", codes)
	}
	w.want(200, w.admin, "GET", "/api/projects", "") // tokens are not slowed down
}

func TestRuntimesWithoutABrowser(t *testing.T) {
	t.Parallel()
	w := &world{t: t, api: newDisabledAPI(t)}
	admin := string(adminToken)
	w.refused("not_supported", "", "POST", "/api/session", `{"token":"`+admin+`"}`)
	w.refused("not_supported", admin, "GET", "/api/session", "")
	w.refused("not_supported", admin, "GET", "/api/kv/stats", "")
	w.refused("not_supported", admin, "GET", "/api/system", "")
	p := w.browse()
	p.cookie = &http.Cookie{Name: "tempskv_session", Value: admin}
	p.want(401, "unauthorized", "GET", "/api/projects", "")
}
