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
	if c := p.cookie; c.Name != "tempskv_session" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure || c.MaxAge < 3600 ||
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
		"no secret":           func(h http.Header) { h.Del("X-CSRF-Token") },
		"empty secret":        func(h http.Header) { h.Set("X-CSRF-Token", "") },
		"another secret":      func(h http.Header) { h.Set("X-CSRF-Token", "cs_x") },
	} {
		p := w.browse()
		p.signIn(w.admin)
		if p.header.Get("Origin") != "" {
			p.want(200, "", "GET", "/api/session", "")
		}
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
	stranger := w.browse()
	stranger.header.Set("Origin", "http://evil.example")
	stranger.want(401, "unauthorized", "POST", "/api/session", `{"token":"`+w.admin+`"}`)
	if got := w.want(200, w.admin, "GET", "/api/projects", "")["projects"].([]any); len(got) != 0 {
		t.Errorf("there are projects: %v", got)
	}
}

// Who has the cookie alone, as every port of the host does, is told nothing and can do nothing. Who has the secret alone
// neither.
func TestSessionsNeedTheSecretOfTheirPages(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	p := w.browse()
	p.signIn(w.admin)
	secret, cookie := p.header.Get("X-CSRF-Token"), p.cookie
	if answer := p.send("GET", "/api/session", ""); answer.Code != 200 || strings.Contains(answer.Body.String(), secret) ||
		len(answer.Result().Cookies()) > 0 {
		t.Errorf("the secret or the cookie is returned: %v %s", answer.Header(), answer.Body)
	}
	calls := [][3]string{
		{"GET", "/api/session", ""}, {"GET", "/api/sessions", ""}, {"GET", "/metrics", ""}, {"GET", "/api/kv/status", ""},
		{"GET", "/api/kv/events", ""}, {"GET", "/api/audit", ""}, {"DELETE", "/api/session", ""},
		{"POST", "/api/api-keys", `{"name":"k","permissions":["SystemAdmin"]}`},
		{"GET", "/api/kv/backups/20300102T150405Z-k3v7x2ab/download", ""},
		{"POST", "/api/kv/backups/20300102T150405Z-k3v7x2ab/download-code", ""},
	}
	other := w.browse()
	other.signIn(w.admin)
	for _, c := range calls {
		p.header.Del("X-CSRF-Token")
		answer := p.send(c[0], c[1], c[2])
		if answer.Code != 401 || strings.Contains(answer.Body.String(), "cs_") {
			t.Errorf("%v with the cookie alone: answered %d %s", c, answer.Code, answer.Body)
		}
		p.header.Set("X-CSRF-Token", other.header.Get("X-CSRF-Token"))
		p.want(401, "unauthorized", c[0], c[1], c[2])
		p.header.Set("X-CSRF-Token", secret)
		p.cookie = nil
		p.want(401, "unauthorized", c[0], c[1], c[2])
		p.cookie = cookie
	}
	p.want(200, "", "GET", "/api/session", "")
}

// A server on another port of the host can set cookies too. They lock nobody out.
func TestCookiesOfOtherPorts(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	p, other := w.browse(), w.browse()
	p.signIn(w.admin)
	other.signIn(w.key(`"permissions":["KvRead"]`))
	good := p.cookie.Name + "=" + p.cookie.Value
	p.cookie = nil
	for _, cookies := range []string{
		"tempskv_session=junk; " + good, good + "; tempskv_session=junk", `tempskv_session=; tempskv_session="a b"; ` + good,
		"tempskv_session=" + other.cookie.Value + "; " + good, good + "; tempskv_session=" + other.cookie.Value,
		strings.Repeat("tempskv_session="+other.cookie.Value+"; ", 100) + good, "tempskv_session_81=ss_x; =; ;;" + good,
	} {
		p.header.Set("Cookie", cookies)
		p.want(200, "", "GET", "/api/projects", "")
	}
	p.header.Set("Cookie", "tempskv_session=ss_junk; tempskv_session=")
	p.want(401, "unauthorized", "GET", "/api/projects", "")
	again := w.browse()
	again.header.Set("Cookie", "tempskv_session=ss_junk; tempskv_session=")
	again.signIn(w.admin)
	again.want(200, "", "GET", "/api/projects", "")
	p.header.Set("Authorization", "Bearer "+w.admin)
	p.want(200, "", "GET", "/api/projects", "")
}

// A link carries no header of its page: a code for one download does that, together with the cookie.
func TestSessionsOfLinks(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	id := w.want(201, w.admin, "POST", "/api/kv/backups", `{}`)["id"].(string)
	path := "/api/kv/backups/" + id + "/download"
	p, other := w.browse(), w.browse()
	p.signIn(w.admin)
	other.signIn(w.admin)
	permit := func() string {
		t.Helper()
		answer := p.send("POST", path+"-code", "")
		var permit struct{ Code string }
		if err := json.Unmarshal(answer.Body.Bytes(), &permit); err != nil || answer.Code != 201 {
			t.Fatalf("answered %d %s", answer.Code, answer.Body)
		}
		return path + "?code=" + permit.Code
	}
	link := permit()
	pages := p.header
	p.header = http.Header{"Sec-Fetch-Site": {"same-origin"}}
	p.want(401, "unauthorized", "GET", path+"?code=dc_x", "")
	p.want(401, "unauthorized", "GET", strings.Replace(link, id, "20300102T150405Z-k3v7x2ab", 1), "")
	p.want(401, "unauthorized", "GET", strings.Replace(link, path, "/api/kv/backups", 1), "")
	for name, header := range map[string]http.Header{
		"an address typed in": {"Sec-Fetch-Site": {"none"}}, "another site": {"Sec-Fetch-Site": {"cross-site"}},
		"another of the site": {"Sec-Fetch-Site": {"same-site"}}, "another origin": {"Origin": {"http://evil.example"}},
	} {
		p.header = header
		if answer := p.send("GET", link, ""); answer.Code != 401 {
			t.Errorf("%s: answered %d %s", name, answer.Code, answer.Body)
		}
	}
	stranger := w.browse()
	stranger.header = http.Header{}
	stranger.want(401, "unauthorized", "GET", link, "")
	stranger.cookie = other.cookie
	stranger.want(401, "unauthorized", "GET", link, "")
	p.header = http.Header{"Sec-Fetch-Site": {"same-origin"}}
	if answer := p.send("GET", link, ""); answer.Code != 200 || answer.Body.Len() == 0 {
		t.Errorf("answered %d %s", answer.Code, answer.Body)
	}
	p.want(401, "unauthorized", "GET", link, "")
	p.header = pages
	link = permit()
	p.want(204, "", "DELETE", "/api/session", "")
	p.header = http.Header{}
	p.want(401, "unauthorized", "GET", link, "")

	p.header = pages
	p.signIn(w.admin)
	p.want(404, "backup_not_found", "POST", "/api/kv/backups/20300102T150405Z-k3v7x2ab/download-code", "")
	w.refused("conflict", w.admin, "POST", path+"-code", "") // a token needs none
	p.signIn(w.key(`"permissions":["SystemRead"]`))
	p.want(403, "permission_denied", "POST", path+"-code", "")
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
