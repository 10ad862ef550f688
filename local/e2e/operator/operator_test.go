// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package operator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// TestOperator serves projects from a Redis as an operator does: by the command line, from a new data
// directory to a restart.
func TestOperator(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--requirepass", "open sesame")
	s := e2e.ServeWith(t, nil, t.TempDir())
	key := e2e.Between(t, s.Secrets, "API key, shown only this once: ", "\n")
	if next := e2e.Between(t, s.Printed, "Next: ", "\n"); !strings.Contains(next, "tempskv enable") {
		t.Errorf("a new server says to go on with %q", next)
	}
	s.Run("project", "create", "shop")
	shop := s.Run("token", "create", "web", "--project", "1")
	s.As(shop).ExpectProblem(t, "get", e2e.Object{"key": "a"}, http.StatusServiceUnavailable, "kv_disabled")
	if r := s.CLI("enable", "--engine", "external", "--redis-url", "redis://:wrong@"+redis.Addr); r.Code != 5 ||
		!strings.Contains(r.Stderr, "refused the") || strings.Contains(r.Stderr, "wrong@") {
		t.Errorf("enable with a wrong password: exit code %d, %s", r.Code, r.Stderr)
	}
	got := s.Run("enable", "--engine", "external", "--redis-url", "redis://:open%20sesame@"+redis.Addr)
	if !strings.Contains(got, "on, healthy") {
		t.Errorf("enable prints %s", got)
	}
	s.Run("project", "create", "blog")
	blog := s.Run("token", "create", "web", "--project", "2")
	s.As(shop).Expect(t, "set", e2e.Object{"key": "a", "value": "of shop"}, `{"result":"OK"}`)
	s.As(blog).Expect(t, "set", e2e.Object{"key": "a", "value": "of blog"}, `{"result":"OK"}`)
	s.Terminate()

	// It comes back as it was.
	s = e2e.ServeWith(t, nil, s.Dir)
	if strings.Contains(s.Printed, "tk_") {
		t.Errorf("the second start shows an API key: %s", s.Printed)
	}
	awaitHealthyAs(t, s.As(key))
	s.As(shop).Expect(t, "get", e2e.Object{"key": "a"}, `{"value":"of shop"}`)
	s.As(blog).Expect(t, "get", e2e.Object{"key": "a"}, `{"value":"of blog"}`)
	if got := s.Run("project", "list"); !strings.Contains(got, "shop") || !strings.Contains(got, "blog") {
		t.Errorf("the projects are %s", got)
	}

	// What was turned off stays off over a restart, and its data is back with it.
	s.Run("disable")
	s.As(shop).ExpectProblem(t, "get", e2e.Object{"key": "a"}, http.StatusServiceUnavailable, "kv_disabled")
	s.Terminate()
	s = e2e.ServeWith(t, nil, s.Dir)
	s.As(shop).ExpectProblem(t, "get", e2e.Object{"key": "a"}, http.StatusServiceUnavailable, "kv_disabled")
	s.Run("enable")
	s.As(shop).Expect(t, "get", e2e.Object{"key": "a"}, `{"value":"of shop"}`)
	e2e.ExpectHidden(t, s, "sesame")
}

// awaitHealthyAs waits until the service is on and well, as an API key of the test's own sees it.
func awaitHealthyAs(t *testing.T, c e2e.Caller) {
	t.Helper()
	e2e.Eventually(t, "a healthy service", func() string {
		var st e2e.Status
		r := c.Do(t, http.MethodGet, "/api/kv/status", nil)
		if r.Decode(t, &st); !st.Healthy {
			return r.String()
		}
		return ""
	})
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
	s := e2e.Serve(t, t.TempDir())
	s.Run("enable", "--engine", "external", "--redis-url", redis.URL)
	if got := s.Run("project", "create", "fresh"); !strings.Contains(got, "project 2 ") {
		t.Errorf("next to keys of 1 and 3, a fresh project: %s", got)
	}
	if got := s.Run("project", "create", "fresher"); !strings.Contains(got, "project 4 ") {
		t.Errorf("next to keys of 1 and 3, a second one: %s", got)
	}
	s.Run("project", "create", "moved", "--id", "1")
	moved := s.As(s.Run("token", "create", "web", "--project", "1"))
	moved.Expect(t, "get", e2e.Object{"key": "greeting"}, `{"value":"hello"}`)
	moved.Expect(t, "get", e2e.Object{"key": "plain"}, `{"value":"not JSON"}`)
	if r := s.CLI("project", "create", "again", "--id", "1"); r.Code != 6 {
		t.Errorf("an id twice: exit code %d, %s", r.Code, r.Stderr)
	}
	moved.Expect(t, "set", e2e.Object{"key": "new", "value": e2e.Object{"a": 1}}, `{"result":"OK"}`)
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
	s := e2e.Serve(t, t.TempDir())
	s.Run("project", "create", "early")
	early := s.As(s.Run("token", "create", "web", "--project", "1"))
	enable := []string{"enable", "--engine", "external", "--redis-url", redis.URL}
	if r := s.CLI(enable...); r.Code != 6 || !strings.Contains(r.Stderr, "project 1") {
		t.Errorf("enable over keys of another: exit code %d, %s", r.Code, r.Stderr)
	}
	early.ExpectProblem(t, "get", e2e.Object{"key": "of"}, http.StatusServiceUnavailable, "kv_disabled")
	s.Run("project", "delete", "1", "--yes")
	s.Run(enable...)
	if got := s.Run("project", "create", "late"); !strings.Contains(got, "project 2 ") {
		t.Errorf("a project after that: %s", got)
	}
	s.Terminate()
	if got := old.Get(t.Context(), "kv:p1:of").Val(); got != `"somebody else"` {
		t.Errorf("the keys that were there are %q", got)
	}
}
