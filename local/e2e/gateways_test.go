// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// seenWithin is how soon the other servers see what one changed in the control data that they share.
const seenWithin = 5 * time.Second

// soon fails the test if something that one server changed takes longer to be seen at another. What a busy machine may
// need to run the test itself is added.
func soon(t *testing.T, what string, ask func() (objection string)) {
	t.Helper()
	begin := time.Now()
	eventually(t, what, ask)
	took := time.Since(begin)
	t.Logf("%s: after %v", what, took)
	if took > seenWithin+30*time.Second {
		t.Errorf("%s: took %v", what, took)
	}
}

// answers returns what objects to an operation being answered with that status.
func answers(t *testing.T, c caller, op string, body any, status int) func() string {
	return func() string {
		if r := c.kv(t, op, body); r.status != status {
			return r.String()
		}
		return ""
	}
}

// sharing starts a server on control data in Redis.
func sharing(t *testing.T, url string, args ...string) *server {
	t.Helper()
	return serve(t, t.TempDir(), append([]string{"--control", url}, args...)...)
}

// TestSeveralGateways has servers share control data and keys in one Redis.
func TestSeveralGateways(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	a, b := sharing(t, redis.URL), sharing(t, redis.URL)
	b.as(adminKey).refused(t, "get", object{"key": "a", "project_id": 1}, http.StatusNotFound, "project_not_found")

	a.enable(object{})
	id, token := a.project("p")
	soon(t, "the enable of another", answers(t, b.as(token), "get", object{"key": "a"}, http.StatusOK))
	a.as(token).wants(t, "set", object{"key": "a", "value": 1}, `{"result":"OK"}`)
	b.as(token).wants(t, "incr", object{"key": "a"}, `{"value":2}`)
	soon(t, "a new project", answers(t, caller{b.url, adminKey}, "get", object{"key": "a", "project_id": id}, http.StatusOK))

	revokes(t, a, b)
	audits(t, a, b)

	b.admin().must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d", id), nil, nil)
	b.as(token).refused(t, "get", object{"key": "a"}, http.StatusUnauthorized, "unauthorized")
	soon(t, "the deletion of a project", answers(t, a.as(token), "get", object{"key": "a"}, http.StatusUnauthorized))
	idNeverComesBack(t, a, id)
	eventually(t, "the keys of the project to go", func() string {
		if keys := redis.Client().Keys(t.Context(), fmt.Sprintf("kv:p%d:*", id)).Val(); len(keys) > 0 {
			return fmt.Sprint(keys)
		}
		return ""
	})

	_, token = b.project("q")
	a.kill()
	b.as(token).wants(t, "set", object{"key": "a", "value": 1}, `{"result":"OK"}`)
	a = a.again("--control", redis.URL)
	a.awaitHealthy()
	a.as(token).wants(t, "get", object{"key": "a"}, `{"value":1}`)

	a.admin().must(t, http.MethodDelete, "/api/kv/disable", nil, nil)
	soon(t, "the disable of another", answers(t, b.as(token), "get", object{"key": "a"}, http.StatusServiceUnavailable))
	b.as(token).refused(t, "get", object{"key": "a"}, http.StatusServiceUnavailable, "kv_disabled")
	a.terminate()
	b.terminate()
}

// revokes has one server revoke what the other has let in.
func revokes(t *testing.T, a, b *server) {
	t.Helper()
	var made struct{ ID, Token string }
	a.admin().must(t, http.MethodPost, "/api/api-keys", object{"name": "k", "permissions": []string{"SystemRead"}}, &made)
	ask := func() reply { return b.as(made.Token).do(t, http.MethodGet, "/api/audit", nil) }
	if r := ask(); r.status != http.StatusOK {
		t.Errorf("a key made at the other server: %s", r)
	}
	a.admin().must(t, http.MethodDelete, "/api/api-keys/"+made.ID, nil, nil)
	soon(t, "a revocation", func() string {
		if r := ask(); r.status != http.StatusUnauthorized {
			return r.String()
		}
		return ""
	})
}

// audits checks that what one server did is in the log of the other.
func audits(t *testing.T, a, b *server) {
	t.Helper()
	a.admin().must(t, http.MethodPost, "/api/projects", object{"name": "audited", "id": 77}, nil)
	var log struct {
		Entries []struct{ Action, Target string }
	}
	b.admin().must(t, http.MethodGet, "/api/audit?limit=1", nil, &log)
	if len(log.Entries) != 1 || log.Entries[0].Action != "createProject" || log.Entries[0].Target != "project:77" {
		t.Errorf("the newest entry is %+v", log.Entries)
	}
}

// TestFirstKeyOfSeveralGateways starts servers on new control data; one of them shows the first key.
func TestFirstKeyOfSeveralGateways(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	const shown = "API key, shown only this once: "
	a := serveWith(t, nil, t.TempDir(), "--control", redis.URL)
	b := serveWith(t, nil, t.TempDir(), "--control", redis.URL)
	key := between(t, a.printed, shown, "\n")
	if strings.Contains(b.printed, shown) {
		t.Errorf("the second server shows a first key too: %s", b.printed)
	}
	b.as(key).must(t, http.MethodPost, "/api/projects", object{"name": "p"}, nil)
}

// TestControlRedisAway takes the Redis of the control data away, while that of the keys goes on.
func TestControlRedisAway(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct{ away, back func(r *redistest.Server) }{
		"killed": {(*redistest.Server).Kill, (*redistest.Server).Restart},
		"frozen": {(*redistest.Server).Stop, (*redistest.Server).Cont},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			control, data := redistest.Start(t, "--appendonly", "yes"), redistest.Start(t)
			s := sharing(t, control.URL, "--redis-url", data.URL)
			s.enable(object{})
			_, token := s.project("p")
			c := s.as(token)
			c.wants(t, "set", object{"key": "a", "value": 1}, `{"result":"OK"}`)

			fault.away(control)
			gone := time.Now()
			c.wants(t, "get", object{"key": "a"}, `{"value":1}`)
			eventually(t, "nobody to be let in any more", func() string {
				switch r := c.kv(t, "get", object{"key": "a"}); {
				case r.status == http.StatusOK:
					return "is let in"
				case r.status != http.StatusServiceUnavailable || r.problem().Code != "kv_unavailable" || r.header.Get("Retry-After") == "":
					t.Fatalf("refused with %s, %v", r, r.header)
				}
				return ""
			})
			// The last look may have begun up to a second before, and on a busy machine more.
			if after := time.Since(gone); after < 2*time.Second || after > seenWithin+30*time.Second {
				t.Errorf("refused after %v", after)
			} else {
				t.Logf("refused after %v", after)
			}
			if r := s.cli("status"); r.code != 0 {
				t.Errorf("the command line of this machine cannot see the status: %s", r.stderr)
			}
			fault.back(control)
			back := time.Now()
			eventually(t, "the token to be let in again", answers(t, c, "get", object{"key": "a"}, http.StatusOK))
			t.Logf("let in again after %v", time.Since(back))
			s.terminate()
		})
	}
}

// TestThawedGateway revokes a token while a server is frozen: the first thing that it does afterwards is to look.
func TestThawedGateway(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	a, b := sharing(t, redis.URL), sharing(t, redis.URL)
	a.enable(object{})
	id, token := a.project("p")
	soon(t, "the token", answers(t, b.as(token), "get", object{"key": "a"}, http.StatusOK))
	b.signal(syscall.SIGSTOP)
	a.admin().must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d", id), nil, nil)
	<-time.After(seenWithin + time.Second) // what is tested is this time
	b.signal(syscall.SIGCONT)
	b.as(token).refused(t, "get", object{"key": "a"}, http.StatusUnauthorized, "unauthorized")
}
