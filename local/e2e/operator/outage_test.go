// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package operator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// TestRedisComesAndGoes starts the server before its Redis, and takes that away and brings it back.
func TestRedisComesAndGoes(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s, token := e2e.ServeRedis(t, redis.URL)
	s.As(token).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	s.Terminate()

	redis.Kill()
	s = s.Restart()
	c := s.As(token)
	e2e.ExpectUnavailable(t, c)
	showsWhy(t, s, redis.Addr)
	if r := s.As("").Do(t, http.MethodGet, "/livez", nil); r.Status != http.StatusOK {
		t.Errorf("/livez: %s", r)
	}
	for range 2 {
		redis.Restart()
		s.AwaitHealthy()
		c.Expect(t, "get", e2e.Object{"key": "a"}, `{"value":1}`)
		redis.Kill()
		e2e.ExpectUnavailable(t, c)
		showsWhy(t, s, redis.Addr)
	}
	redis.Restart()
	s.AwaitHealthy()
	c.Expect(t, "incr", e2e.Object{"key": "a"}, `{"value":2}`)
	s.Terminate()
}

// showsWhy fails the test if an operator cannot see what is wrong.
func showsWhy(t *testing.T, s *e2e.Server, addr string) {
	t.Helper()
	e2e.Eventually(t, "the status to say why", func() string {
		st := s.Status()
		shown := strings.Contains(st.Message, addr) && strings.Contains(st.Message, "connection refused")
		if st.Enabled && !st.Healthy && shown {
			return ""
		}
		return fmt.Sprintf("%+v", st)
	})
}

// TestEnableWithoutARedis names one that is not there, and one that is.
func TestEnableWithoutARedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	redis.Kill()
	s := e2e.Serve(t, t.TempDir())
	r := s.Admin().Do(t, http.MethodPost, "/api/kv/enable", e2e.Object{"engine": "external", "redis_url": redis.URL})
	if p := r.Problem(); r.Status != http.StatusServiceUnavailable || !strings.Contains(p.Detail, redis.Addr) {
		t.Errorf("enable without a Redis: %s", r)
	}
	if st := s.Status(); st.Enabled {
		t.Errorf("it is on: %+v", st)
	}
	redis.Restart()
	s.Enable(e2e.Object{"engine": "external", "redis_url": redis.URL})
	s.AwaitHealthy()
}

// TestKeysOfOtherTypes meets keys that another client of the Redis has made, under the names of a project.
func TestKeysOfOtherTypes(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s, token := e2e.ServeRedis(t, redis.URL)
	c := s.As(token)
	if err := redis.Client().LPush(t.Context(), "kv:p1:list", "a").Err(); err != nil {
		t.Fatal(err)
	}
	c.ExpectProblem(t, "get", e2e.Object{"key": "list"}, http.StatusConflict, "wrong_type")
	c.ExpectProblem(t, "incr", e2e.Object{"key": "list"}, http.StatusConflict, "wrong_type")
	c.Expect(t, "mget", e2e.Object{"keys": []string{"list"}}, `{"values":[null]}`)
	c.Expect(t, "exists", e2e.Object{"keys": []string{"list"}}, `{"exists":1}`)
	c.Expect(t, "set", e2e.Object{"key": "list", "value": 1}, `{"result":"OK"}`)
	c.Expect(t, "incr", e2e.Object{"key": "list"}, `{"value":2}`)
}
