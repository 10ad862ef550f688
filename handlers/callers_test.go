// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// caller is somebody who calls, and what is known of him.
type caller struct {
	send      func(method, path, body string) *httptest.ResponseRecorder
	known     bool               // whether his token, or his session where he has no token, is good
	may       access.Permissions // what it was made with
	elsewhere bool               // his data operations may not name the project that they name
	proven    bool               // he has the cookie of a session, and what its own page knows
	deployed  bool               // he has a deployment token
	foreign   bool               // he comes from a page of another origin
}

// callers returns everybody who calls on project one; two is another. Each is made again where it is asked for, since
// sessions can be ended.
func (w *world) callers(one, two int) map[string]func() caller {
	w.t.Helper()
	const data = access.KvRead | access.KvWrite
	all := map[string]func() caller{}
	add := func(name string, c caller) { all[name] = func() caller { return c } }
	for name, header := range map[string]string{
		"nobody": "", "a malformed token": "Bearer nonsense", "an empty token": "Bearer ",
		"a name and password": "Basic dGs6dGs=", "an unknown deployment token": "Bearer " + string(access.NewToken(access.DeploymentToken)),
		"an unknown API key": "Bearer " + string(access.NewToken(access.APIKey)), "a token that ended": "Bearer " + w.expired(one),
		"a token that was revoked": "Bearer " + w.revoked(one), "a token of a deleted project": "Bearer " + w.orphan(),
		"two tokens in one": "Bearer " + w.admin + ", Bearer " + w.admin,
	} {
		add(name, caller{send: w.sender(header)})
	}
	known := func(name, token string, may access.Permissions, elsewhere bool) {
		deployed := strings.HasPrefix(token, string(access.DeploymentToken))
		add(name, caller{send: w.sender("Bearer " + token), known: true, may: may, elsewhere: elsewhere, deployed: deployed})
	}
	known("a deployment token", w.token(one, ""), data, false)
	known("a read-only deployment token", w.token(one, `,"read_only":true`), access.KvRead, false)
	known("a deployment token of another", w.token(two, ""), data, false) // whose own project is meant
	for _, p := range []access.Permissions{access.KvRead, access.KvWrite, access.SystemRead, access.SystemAdmin} {
		known("an API key with "+p.String(), w.key(fmt.Sprintf(`"permissions":[%q]`, p)), p, false)
		narrowed := `"permissions":[%q],"project_ids":[%d]`
		known("an API key narrowed to it with "+p.String(), w.key(fmt.Sprintf(narrowed, p, one)), p, false)
		known("an API key narrowed away with "+p.String(), w.key(fmt.Sprintf(narrowed, p, two)), p, true)
	}
	w.addBrowsers(all)
	return all
}

// addBrowsers adds callers that have the cookie of a session.
func (w *world) addBrowsers(all map[string]func() caller) {
	add := func(name, permission string, c caller, spoil func(http.Header)) {
		all[name] = func() caller {
			p := w.browse()
			p.signIn(w.key(fmt.Sprintf(`"permissions":[%q]`, permission))) // a new key, since one may sign in only so often
			spoil(p.header)
			c.send = p.send
			return c
		}
	}
	good := caller{known: true, proven: true}
	admin, reader := good, good
	admin.may, reader.may = access.SystemAdmin, access.KvRead
	add("an administrator's browser", "SystemAdmin", admin, func(http.Header) {})
	add("a browser that may read", "KvRead", reader, func(http.Header) {})
	add("a page elsewhere", "SystemAdmin", caller{foreign: true}, func(h http.Header) { h.Set("Origin", "https://evil.example") })
	add("a browser with a wrong token and the cookie", "SystemAdmin", caller{proven: true},
		func(h http.Header) { h.Set("Authorization", "Bearer nonsense") })
	add("a browser with the cookie alone", "SystemAdmin", caller{}, func(h http.Header) { h.Del("X-CSRF-Token") })
}

// sender sends with that Authorization, none if it is empty.
func (w *world) sender(authorization string) func(method, path, body string) *httptest.ResponseRecorder {
	return func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		answer := httptest.NewRecorder()
		w.api.ServeHTTP(answer, r)
		return answer
	}
}

// expired returns a token that was good until a moment ago.
func (w *world) expired(project int) string {
	w.t.Helper()
	t := access.NewToken(access.DeploymentToken)
	c := access.Credential{Principal: access.Principal{
		Name: "ended", Permissions: access.KvRead | access.KvWrite, Project: kv.ProjectID(project),
		ExpiresAt: time.Now().Add(-time.Second),
	}}
	if _, err := w.control.AddCredential(w.t.Context(), c, t.Hash()); err != nil {
		w.t.Fatal(err)
	}
	return string(t)
}

// revoked returns a token that was good before it was taken back.
func (w *world) revoked(project int) string {
	w.t.Helper()
	path := fmt.Sprintf("/api/projects/%d/tokens", project)
	made := w.want(http.StatusCreated, w.admin, "POST", path, `{"name":"revoked"}`)
	w.want(http.StatusNoContent, w.admin, "DELETE", path+"/"+made["id"].(string), "")
	return made["token"].(string)
}

// orphan returns a token of a project that was deleted.
func (w *world) orphan() string {
	w.t.Helper()
	id := w.project("gone")
	token := w.token(id, "")
	w.want(http.StatusNoContent, w.admin, "DELETE", fmt.Sprintf("/api/projects/%d", id), "")
	return token
}
