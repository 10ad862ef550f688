// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// browser has what a browser keeps of a session.
type browser struct{ cookie, secret, id string }

// signInAt signs a browser in at a server, and finds the id of its session.
func signInAt(t *testing.T, s *e2e.Server, token string) (b browser) {
	t.Helper()
	answer := s.As("").Do(t, http.MethodPost, "/api/session", e2e.Object{"token": token})
	if answer.Status != http.StatusCreated {
		t.Fatalf("answered %s", answer)
	}
	var opened struct {
		Secret string `json:"csrf_token"`
	}
	answer.Decode(t, &opened)
	b.cookie, b.secret = e2e.Between(t, answer.Header.Get("Set-Cookie"), "=", ";"), opened.Secret
	var list struct {
		Sessions []struct {
			ID      string
			Current bool
		}
	}
	b.call(t, s, "/api/sessions").Decode(t, &list)
	for _, one := range list.Sessions {
		if one.Current {
			b.id = one.ID
		}
	}
	return b
}

// call has the browser call a server, whichever it signed in at.
func (b browser) call(t *testing.T, s *e2e.Server, path string) e2e.Reply {
	t.Helper()
	r, err := s.As("").Request(t.Context(), http.MethodGet, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Cookie": {"tempskv_session=" + b.cookie}, "X-Csrf-Token": {b.secret}}
	answer, err := e2e.UncheckedClient.Do(r) // the document has no name for the cookie
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return e2e.Reply{Status: answer.StatusCode, Header: answer.Header, Body: text}
}

// is demands that the browser is signed in at a server, or not.
func (b browser) is(t *testing.T, s *e2e.Server, status int) {
	t.Helper()
	if got := b.call(t, s, "/api/projects"); got.Status != status {
		t.Errorf("answered %s, want %d", got, status)
	}
	without := b
	without.secret = "cs_x"
	if got := without.call(t, s, "/api/projects"); got.Status != http.StatusUnauthorized {
		t.Errorf("the cookie alone: answered %s", got)
	}
}

// TestSessionsAreShared has servers that share control data share sessions too, whichever of them ends.
func TestSessionsAreShared(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--appendonly", "yes")
	a, b := e2e.ServeShared(t, redis.URL), e2e.ServeShared(t, redis.URL)
	code := e2e.Between(t, a.Secrets, "/setup#", "\n")
	first, second := signInAt(t, a, code), signInAt(t, b, e2e.AdminKey)
	for _, s := range []*e2e.Server{a, b} {
		first.is(t, s, http.StatusOK)
		second.is(t, s, http.StatusOK)
	}
	for _, field := range redis.Client().HGetAll(t.Context(), "tempskv:{control}:sessions").Val() {
		for _, secret := range []string{first.cookie, first.secret, second.cookie, second.secret, e2e.AdminKey} {
			if strings.Contains(field, secret) {
				t.Errorf("a secret is stored: %s", field)
			}
		}
	}
	a.Admin().Must(t, http.MethodDelete, "/api/sessions/"+second.id, nil, nil)
	second.is(t, a, http.StatusUnauthorized)
	second.is(t, b, http.StatusUnauthorized)
	a.Kill()
	first.is(t, b, http.StatusOK)
	a = a.Restart("--control", redis.URL)
	first.is(t, a, http.StatusOK)
}

// TestSessionsOutliveTheServer ends a server in two ways: neither signs anybody out.
func TestSessionsOutliveTheServer(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	first, second := signInAt(t, s, e2e.Between(t, s.Secrets, "/setup#", "\n")), signInAt(t, s, e2e.AdminKey)
	for _, end := range []func(*e2e.Server){(*e2e.Server).Kill, (*e2e.Server).Terminate} {
		end(s)
		s = s.Restart()
		first.is(t, s, http.StatusOK)
		second.is(t, s, http.StatusOK)
	}
	files, err := filepath.Glob(s.Path("control.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are %v, %v", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{first.cookie, first.secret, second.cookie, second.secret, e2e.AdminKey} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s has a secret", name)
			}
		}
	}
	s.Admin().Must(t, http.MethodDelete, "/api/sessions/"+first.id, nil, nil)
	first.is(t, s, http.StatusUnauthorized)
	second.is(t, s, http.StatusOK)
}
