// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package cluster_test

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// TestSeveralGateways has servers share control data and keys in one Redis.
func TestSeveralGateways(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	a, b := e2e.ServeShared(t, redis.URL), e2e.ServeShared(t, redis.URL)
	b.As(e2e.AdminKey).ExpectProblem(t, "get", e2e.Object{"key": "a", "project_id": 1}, http.StatusNotFound, "project_not_found")

	a.Enable(e2e.Object{})
	id, token := a.CreateProject("p")
	e2e.Soon(t, "the enable of another", e2e.Answers(t, b.As(token), "get", e2e.Object{"key": "a"}, http.StatusOK))
	a.As(token).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	b.As(token).Expect(t, "incr", e2e.Object{"key": "a"}, `{"value":2}`)
	e2e.Soon(t, "a new project", e2e.Answers(t, b.Admin(), "get", e2e.Object{"key": "a", "project_id": id}, http.StatusOK))

	revokes(t, a, b)
	audits(t, a, b)

	b.Admin().Must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d", id), nil, nil)
	b.As(token).ExpectProblem(t, "get", e2e.Object{"key": "a"}, http.StatusUnauthorized, "unauthorized")
	e2e.Soon(t, "the deletion of a project", e2e.Answers(t, a.As(token), "get", e2e.Object{"key": "a"}, http.StatusUnauthorized))
	e2e.ExpectIDUnused(t, a, id)
	e2e.Eventually(t, "the keys of the project to go", func() string {
		if keys := redis.Client().Keys(t.Context(), fmt.Sprintf("kv:p%d:*", id)).Val(); len(keys) > 0 {
			return fmt.Sprint(keys)
		}
		return ""
	})

	_, token = b.CreateProject("q")
	a.Kill()
	b.As(token).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	a = a.Restart("--control", redis.URL)
	a.AwaitHealthy()
	a.As(token).Expect(t, "get", e2e.Object{"key": "a"}, `{"value":1}`)

	a.Admin().Must(t, http.MethodDelete, "/api/kv/disable", nil, nil)
	e2e.Soon(t, "the disable of another", e2e.Answers(t, b.As(token), "get", e2e.Object{"key": "a"}, http.StatusServiceUnavailable))
	b.As(token).ExpectProblem(t, "get", e2e.Object{"key": "a"}, http.StatusServiceUnavailable, "kv_disabled")
	a.Terminate()
	b.Terminate()
}

// revokes has one server revoke a token that the other has accepted.
func revokes(t *testing.T, a, b *e2e.Server) {
	t.Helper()
	var made struct{ ID, Token string }
	a.Admin().Must(t, http.MethodPost, "/api/api-keys", e2e.Object{"name": "k", "permissions": []string{"SystemRead"}}, &made)
	ask := func() e2e.Reply { return b.As(made.Token).Do(t, http.MethodGet, "/api/audit", nil) }
	if r := ask(); r.Status != http.StatusOK {
		t.Errorf("a key made at the other server: %s", r)
	}
	a.Admin().Must(t, http.MethodDelete, "/api/api-keys/"+made.ID, nil, nil)
	e2e.Soon(t, "a revocation", func() string {
		if r := ask(); r.Status != http.StatusUnauthorized {
			return r.String()
		}
		return ""
	})
}

// audits checks that what one server did is in the log of the other.
func audits(t *testing.T, a, b *e2e.Server) {
	t.Helper()
	a.Admin().Must(t, http.MethodPost, "/api/projects", e2e.Object{"name": "audited", "id": 77}, nil)
	var log struct {
		Entries []struct{ Action, Target string }
	}
	b.Admin().Must(t, http.MethodGet, "/api/audit?limit=1", nil, &log)
	if len(log.Entries) != 1 || log.Entries[0].Action != "createProject" || log.Entries[0].Target != "project:77" {
		t.Errorf("the newest entry is %+v", log.Entries)
	}
}

// TestFirstKeyOfSeveralGateways starts servers on new control data; one of them shows the first key.
func TestFirstKeyOfSeveralGateways(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	const shown = "API key, shown only this once: "
	a := e2e.ServeWith(t, nil, t.TempDir(), "--control", redis.URL)
	b := e2e.ServeWith(t, nil, t.TempDir(), "--control", redis.URL)
	key := e2e.Between(t, a.Secrets, shown, "\n")
	if strings.Contains(b.Secrets, shown) {
		t.Errorf("the second server shows a first key too: %s", b.Secrets)
	}
	b.As(key).Must(t, http.MethodPost, "/api/projects", e2e.Object{"name": "p"}, nil)
}

// TestControlRedisAway stops the Redis of the control data, while that of the keys keeps running.
func TestControlRedisAway(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct{ away, back func(r *redistest.Server) }{
		"killed": {(*redistest.Server).Kill, (*redistest.Server).Restart},
		"frozen": {(*redistest.Server).Stop, (*redistest.Server).Cont},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			control, data := redistest.Start(t, "--appendonly", "yes"), redistest.Start(t)
			s := e2e.ServeShared(t, control.URL, "--redis-url", data.URL)
			s.Enable(e2e.Object{})
			_, token := s.CreateProject("p")
			c := s.As(token)
			c.Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)

			fault.away(control)
			gone := time.Now()
			c.Expect(t, "get", e2e.Object{"key": "a"}, `{"value":1}`)
			e2e.Eventually(t, "calls to be refused", func() string {
				switch r := c.KV(t, "get", e2e.Object{"key": "a"}); {
				case r.Status == http.StatusOK:
					return "is accepted"
				case r.Status != http.StatusServiceUnavailable || r.Problem().Code != "kv_unavailable" || r.Header.Get("Retry-After") == "":
					t.Fatalf("refused with %s, %v", r, r.Header)
				}
				return ""
			})
			// The last look may have begun up to a second before, and on a busy machine more.
			if after := time.Since(gone); after < 2*time.Second || after > e2e.SeenWithin+30*time.Second {
				t.Errorf("refused after %v", after)
			} else {
				t.Logf("refused after %v", after)
			}
			if r := s.CLI("status"); r.Code != 0 {
				t.Errorf("the command line of this machine cannot see the status: %s", r.Stderr)
			}
			fault.back(control)
			back := time.Now()
			e2e.Eventually(t, "the token to be accepted again", e2e.Answers(t, c, "get", e2e.Object{"key": "a"}, http.StatusOK))
			t.Logf("accepted again after %v", time.Since(back))
			s.Terminate()
		})
	}
}

// TestFrozenGateway revokes a token while a server is frozen: it checks the token first when it continues.
func TestFrozenGateway(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	a, b := e2e.ServeShared(t, redis.URL), e2e.ServeShared(t, redis.URL)
	a.Enable(e2e.Object{})
	id, token := a.CreateProject("p")
	e2e.Soon(t, "the token", e2e.Answers(t, b.As(token), "get", e2e.Object{"key": "a"}, http.StatusOK))
	b.Signal(syscall.SIGSTOP)
	a.Admin().Must(t, http.MethodDelete, fmt.Sprintf("/api/projects/%d", id), nil, nil)
	<-time.After(e2e.SeenWithin + time.Second) // what is tested is this time
	b.Signal(syscall.SIGCONT)
	b.As(token).ExpectProblem(t, "get", e2e.Object{"key": "a"}, http.StatusUnauthorized, "unauthorized")
}
