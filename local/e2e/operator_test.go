// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestOperator does what somebody does who serves projects from a Redis: by the command line, from a new data
// directory to a restart.
func TestOperator(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--requirepass", "open sesame")
	s := serveWith(t, nil, t.TempDir())
	key := between(t, s.printed, "API key, shown only this once: ", "\n")
	if next := between(t, s.printed, "Next: ", "\n"); !strings.HasPrefix(next, "tempskv enable") {
		t.Errorf("a new server says to go on with %q", next)
	}
	s.types("project", "create", "shop")
	shop := s.types("token", "create", "web", "--project", "1")
	s.as(shop).refused(t, "get", object{"key": "a"}, http.StatusServiceUnavailable, "kv_disabled")
	if r := s.cli("enable", "--engine", "external", "--redis-url", "redis://:wrong@"+redis.Addr); r.code != 5 ||
		!strings.Contains(r.stderr, "refused the") || strings.Contains(r.stderr, "wrong@") {
		t.Errorf("enable with a wrong password: exit code %d, %s", r.code, r.stderr)
	}
	got := s.types("enable", "--engine", "external", "--redis-url", "redis://:open%20sesame@"+redis.Addr)
	if !strings.Contains(got, "on, healthy") {
		t.Errorf("enable prints %s", got)
	}
	s.types("project", "create", "blog")
	blog := s.types("token", "create", "web", "--project", "2")
	s.as(shop).wants(t, "set", object{"key": "a", "value": "of shop"}, `{"result":"OK"}`)
	s.as(blog).wants(t, "set", object{"key": "a", "value": "of blog"}, `{"result":"OK"}`)
	s.terminate()

	// It comes back as it was.
	s = serveWith(t, nil, s.dir)
	if strings.Contains(s.printed, "tk_") {
		t.Errorf("the second start shows an API key: %s", s.printed)
	}
	awaitHealthyAs(t, s.as(key))
	s.as(shop).wants(t, "get", object{"key": "a"}, `{"value":"of shop"}`)
	s.as(blog).wants(t, "get", object{"key": "a"}, `{"value":"of blog"}`)
	if got := s.types("project", "list"); !strings.Contains(got, "shop") || !strings.Contains(got, "blog") {
		t.Errorf("the projects are %s", got)
	}

	// What was turned off stays off over a restart, and its data is back with it.
	s.types("disable")
	s.as(shop).refused(t, "get", object{"key": "a"}, http.StatusServiceUnavailable, "kv_disabled")
	s.terminate()
	s = serveWith(t, nil, s.dir)
	s.as(shop).refused(t, "get", object{"key": "a"}, http.StatusServiceUnavailable, "kv_disabled")
	s.types("enable")
	s.as(shop).wants(t, "get", object{"key": "a"}, `{"value":"of shop"}`)
	neverShown(t, s, "sesame")
}

// awaitHealthyAs waits until the service is on and well, as an API key of the test's own sees it.
func awaitHealthyAs(t *testing.T, c caller) {
	t.Helper()
	eventually(t, "a healthy service", func() string {
		var st status
		r := c.do(t, http.MethodGet, "/api/kv/status", nil)
		if r.decode(t, &st); !st.Healthy {
			return r.String()
		}
		return ""
	})
}

// neverShown looks for a secret where an operator's tools would find it.
func neverShown(t *testing.T, s *server, secret string) {
	t.Helper()
	shown := s.types("status") + s.types("audit") + s.types("config")
	s.terminate()
	if shown += s.log.String(); strings.Contains(shown, secret) {
		t.Errorf("%q is shown in %s", secret, shown)
	}
}

// TestTakingOverARedis points the program at a Redis in which Temps has kept the keys of two projects.
func TestTakingOverARedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	old := redis.Client()
	for key, value := range map[string]string{
		"kv:p1:greeting": `"hello"`, "kv:p3:n": `7`, "kv:p1:plain": `not JSON`, "elsewhere": "1", "kv:px:y": "1",
	} {
		if err := old.Set(t.Context(), key, value, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, t.TempDir())
	s.types("enable", "--engine", "external", "--redis-url", redis.URL)
	if got := s.types("project", "create", "fresh"); !strings.Contains(got, "project 2 ") {
		t.Errorf("beside keys of 1 and 3, a fresh project: %s", got)
	}
	if got := s.types("project", "create", "fresher"); !strings.Contains(got, "project 4 ") {
		t.Errorf("beside keys of 1 and 3, a second one: %s", got)
	}
	s.types("project", "create", "moved", "--id", "1")
	moved := s.as(s.types("token", "create", "web", "--project", "1"))
	moved.wants(t, "get", object{"key": "greeting"}, `{"value":"hello"}`)
	moved.wants(t, "get", object{"key": "plain"}, `{"value":"not JSON"}`)
	if r := s.cli("project", "create", "again", "--id", "1"); r.code != 6 {
		t.Errorf("an id twice: exit code %d, %s", r.code, r.stderr)
	}
	moved.wants(t, "set", object{"key": "new", "value": object{"a": 1}}, `{"result":"OK"}`)
	if got, err := old.Get(t.Context(), "kv:p1:new").Result(); err != nil || got != `{"a":1}` {
		t.Errorf("in Redis it is %q, %v", got, err)
	}
}

// TestProjectsFromBeforeTheRedis creates a project while no store can be asked which ids are taken.
func TestProjectsFromBeforeTheRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	old := redis.Client()
	if err := old.Set(t.Context(), "kv:p1:of", `"somebody else"`, 0).Err(); err != nil {
		t.Fatal(err)
	}
	s := serve(t, t.TempDir())
	s.types("project", "create", "early")
	early := s.as(s.types("token", "create", "web", "--project", "1"))
	enable := []string{"enable", "--engine", "external", "--redis-url", redis.URL}
	if r := s.cli(enable...); r.code != 6 || !strings.Contains(r.stderr, "project 1") {
		t.Errorf("enable over keys of another: exit code %d, %s", r.code, r.stderr)
	}
	early.refused(t, "get", object{"key": "of"}, http.StatusServiceUnavailable, "kv_disabled")
	s.types("project", "delete", "1")
	s.types(enable...)
	if got := s.types("project", "create", "late"); !strings.Contains(got, "project 2 ") {
		t.Errorf("a project after that: %s", got)
	}
	s.terminate()
	if got := old.Get(t.Context(), "kv:p1:of").Val(); got != `"somebody else"` {
		t.Errorf("the keys that were there are %q", got)
	}
}
