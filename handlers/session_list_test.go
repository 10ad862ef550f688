// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listed returns the keys of the sessions that a page is shown, the current one marked, and their ids.
func (p *page) listed() (keys, ids []string) {
	p.w.t.Helper()
	answer := p.send("GET", "/api/sessions", "")
	var list struct {
		Sessions []struct {
			ID      string
			KeyName string `json:"key_name"`
			IP      string
			Current bool
		}
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil || answer.Code != http.StatusOK {
		p.w.t.Fatalf("answered %d %s", answer.Code, answer.Body)
	}
	for _, s := range list.Sessions {
		if s.Current {
			s.KeyName += "*"
		}
		keys, ids = append(keys, s.KeyName), append(ids, s.ID)
	}
	return keys, ids
}

func (w *world) namedKey(name, permission string) string {
	w.t.Helper()
	return w.want(201, w.admin, "POST", "/api/api-keys", fmt.Sprintf(`{"name":%q,"permissions":[%q]}`, name, permission))["token"].(string)
}

// A session is listed and ended by its owner and by an administrator, that of a sign-in code too.
func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	invited, one, again, other, admin := w.browse(), w.browse(), w.browse(), w.browse(), w.browse()
	key := w.namedKey("one", "KvRead")
	invited.signIn(string(w.invite()))
	one.signIn(key)
	again.signIn(key)
	other.signIn(w.namedKey("other", "SystemRead"))
	admin.signIn(w.namedKey("admin", "SystemAdmin"))

	keys, all := admin.listed()
	if diff := cmp.Diff([]string{"first administrator", "one", "one", "other", "admin*"}, keys); diff != "" {
		t.Fatal(diff)
	}
	keys, own := one.listed()
	if diff := cmp.Diff([]string{"one*", "one"}, keys); diff != "" {
		t.Error(diff)
	}
	if list := w.want(200, key, "GET", "/api/sessions", "")["sessions"].([]any); len(list) != 2 {
		t.Errorf("the key itself is shown %v", list)
	}
	if list := w.want(200, w.token(w.project("p"), ""), "GET", "/api/sessions", "")["sessions"].([]any); len(list) != 0 {
		t.Errorf("a deployment token is shown %v", list)
	}

	one.want(404, "session_not_found", "DELETE", "/api/sessions/"+all[3], "") // not their own
	other.want(404, "session_not_found", "DELETE", "/api/sessions/"+all[0], "")
	other.want(200, "", "GET", "/api/session", "")
	one.want(204, "", "DELETE", "/api/sessions/"+own[1], "")
	again.want(401, "unauthorized", "GET", "/api/session", "")
	one.want(404, "session_not_found", "DELETE", "/api/sessions/"+own[1], "")
	w.want(204, w.admin, "DELETE", "/api/sessions/"+all[0], "")
	invited.want(401, "unauthorized", "GET", "/api/projects", "")
	admin.want(204, "", "DELETE", "/api/sessions/"+all[1], "")
	one.want(401, "unauthorized", "GET", "/api/session", "")
	if keys, _ := admin.listed(); !cmp.Equal(keys, []string{"other", "admin*"}) {
		t.Errorf("left are %v", keys)
	}
	audit := w.want(200, w.admin, "GET", "/api/audit?limit=1", "")["entries"].([]any)[0].(map[string]any)
	if audit["action"] != "endSession" || audit["target"] != "session:"+all[1] || !strings.HasPrefix(audit["actor"].(string), "admin (") {
		t.Errorf("the audit log has %v", audit)
	}
}

// A browser has one session: signing in ends the one before, if it succeeds.
func TestSigningInEndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	p := w.browse()
	p.signIn(w.namedKey("one", "KvRead"))
	before := *p
	before.header = p.header.Clone()
	p.want(401, "unauthorized", "POST", "/api/session", `{"token":"tk_nobody"}`)
	before.want(200, "", "GET", "/api/session", "")
	p.signIn(w.namedKey("two", "KvRead"))
	before.want(401, "unauthorized", "GET", "/api/session", "")
	p.want(200, "", "GET", "/api/session", "")
	if list := w.want(200, w.admin, "GET", "/api/sessions", "")["sessions"].([]any); len(list) != 1 {
		t.Errorf("there are %v", list)
	}
}

// The sessions of a key that was revoked are gone from the list.
func TestRevokedKeysHaveNoSessions(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	key := w.want(201, w.admin, "POST", "/api/api-keys", `{"name":"k","permissions":["KvRead"]}`)
	w.browse().signIn(key["token"].(string))
	w.want(204, w.admin, "DELETE", "/api/api-keys/"+key["id"].(string), "")
	if list := w.want(200, w.admin, "GET", "/api/sessions", "")["sessions"].([]any); len(list) != 0 {
		t.Errorf("there are %v", list)
	}
}

// A caller who signs in again and again ends nobody else's session, has to wait, and fills no audit log.
func TestSigningInAgainAndAgain(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	admin := w.browse()
	admin.signIn(w.admin)
	key := w.namedKey("reader", "KvRead")
	body := fmt.Sprintf(`{"token":%q}`, key)
	refused := 0
	for range 1100 {
		switch answer := w.browse().send("POST", "/api/session", body); answer.Code {
		case http.StatusCreated:
		case http.StatusTooManyRequests:
			if refused++; answer.Header().Get("Retry-After") == "" {
				t.Error("it is not said how long to wait")
			}
		default:
			t.Fatalf("answered %d %s", answer.Code, answer.Body)
		}
	}
	if refused < 1000 {
		t.Errorf("of 1100 times, %d were refused", refused)
	}
	admin.want(200, "", "GET", "/api/session", "")
	w.browse().signIn(w.namedKey("another", "KvRead")) // from the same address
	if keys, _ := admin.listed(); len(keys) > 34 {
		t.Errorf("there are %d sessions", len(keys))
	}
	entries := w.want(200, w.admin, "GET", "/api/audit?limit=1000", "")["entries"].([]any)
	of := 0
	for _, e := range entries {
		if strings.HasPrefix(e.(map[string]any)["actor"].(string), "reader (") && e.(map[string]any)["result"] == "ok" {
			of++
		}
	}
	if of < 1 || of > 12 {
		t.Errorf("%d of %d entries of the audit log are about it", of, len(entries))
	}
}

// A stream ends with the session that began it.
func TestStreamsEndWithTheirSession(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	p := w.browse()
	p.signIn(w.admin)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/kv/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-CSRF-Token", p.header.Get("X-CSRF-Token"))
	r.AddCookie(p.cookie)
	answer, err := server.Client().Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	_, all := p.listed()
	w.want(204, w.admin, "DELETE", "/api/sessions/"+all[0], "")
	_, _ = io.Copy(io.Discard, answer.Body) // until it ends
	_ = answer.Body.Close()
}
