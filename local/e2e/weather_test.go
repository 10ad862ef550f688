// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// overRedis returns a server over a Redis, and a token of one project.
func overRedis(t *testing.T, url string, args ...string) (s *server, token string) {
	t.Helper()
	s = serve(t, t.TempDir(), args...)
	s.enable(object{"engine": "external", "redis_url": url})
	_, token = s.project("p")
	return s, token
}

// TestRedisComesAndGoes starts the server before its Redis, and takes that away and brings it back.
func TestRedisComesAndGoes(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s, token := overRedis(t, redis.URL)
	s.as(token).wants(t, "set", object{"key": "a", "value": 1}, `{"result":"OK"}`)
	s.terminate()

	redis.Kill()
	s = s.again()
	c := s.as(token)
	unavailable(t, c)
	tellsWhy(t, s, redis.Addr)
	if r := s.as("").do(t, http.MethodGet, "/livez", nil); r.status != http.StatusOK {
		t.Errorf("/livez: %s", r)
	}
	for range 2 {
		redis.Restart()
		s.awaitHealthy()
		c.wants(t, "get", object{"key": "a"}, `{"value":1}`)
		redis.Kill()
		unavailable(t, c)
		tellsWhy(t, s, redis.Addr)
	}
	redis.Restart()
	s.awaitHealthy()
	c.wants(t, "incr", object{"key": "a"}, `{"value":2}`)
	s.terminate()
}

// unavailable fails the test if operations that cannot be sent are not refused as such.
func unavailable(t *testing.T, c caller) {
	t.Helper()
	eventually(t, "the store to be unavailable", func() string {
		// What was under way when the server went is of another kind: a broken connection.
		if r := c.kv(t, "get", object{"key": "a"}); r.status != http.StatusServiceUnavailable {
			return r.String()
		}
		return ""
	})
	for op, body := range map[string]object{
		"get": {"key": "a"}, "set": {"key": "b", "value": 1}, "incr": {"key": "a"}, "del": {"keys": []string{"a"}},
		"keys": {"pattern": "*"}, "scan": {}, "mget": {"keys": []string{"a"}},
	} {
		r := c.refused(t, op, body, http.StatusServiceUnavailable, "kv_unavailable")
		if r.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After in %v", op, r.header)
		}
	}
}

// tellsWhy fails the test if an operator cannot see what is wrong.
func tellsWhy(t *testing.T, s *server, addr string) {
	t.Helper()
	eventually(t, "the status to tell why", func() string {
		st := s.status()
		told := strings.Contains(st.Message, addr) && strings.Contains(st.Message, "connection refused")
		if st.Enabled && !st.Healthy && told {
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
	s := serve(t, t.TempDir())
	r := s.admin().do(t, http.MethodPost, "/api/kv/enable", object{"engine": "external", "redis_url": redis.URL})
	if p := r.problem(); r.status != http.StatusServiceUnavailable || !strings.Contains(p.Detail, redis.Addr) {
		t.Errorf("enable without a Redis: %s", r)
	}
	if st := s.status(); st.Enabled {
		t.Errorf("it is on: %+v", st)
	}
	redis.Restart()
	s.enable(object{"engine": "external", "redis_url": redis.URL})
	s.awaitHealthy()
}

// TestKeysOfOtherTypes meets keys that another client of the Redis has made, under the names of a project.
func TestKeysOfOtherTypes(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s, token := overRedis(t, redis.URL)
	c := s.as(token)
	if err := redis.Client().LPush(t.Context(), "kv:p1:list", "a").Err(); err != nil {
		t.Fatal(err)
	}
	c.refused(t, "get", object{"key": "list"}, http.StatusConflict, "wrong_type")
	c.refused(t, "incr", object{"key": "list"}, http.StatusConflict, "wrong_type")
	c.wants(t, "mget", object{"keys": []string{"list"}}, `{"values":[null]}`)
	c.wants(t, "exists", object{"keys": []string{"list"}}, `{"exists":1}`)
	c.wants(t, "set", object{"key": "list", "value": 1}, `{"result":"OK"}`)
	c.wants(t, "incr", object{"key": "list"}, `{"value":2}`)
}
