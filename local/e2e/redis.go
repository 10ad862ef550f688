// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"testing"
)

// External returns the settings of a store in a Redis.
func External(url string) Object { return Object{"engine": "external", "redis_url": url} }

// FsyncAlways makes a Redis write each command to disk before it answers, and FsyncEverySecond once a second.
var (
	FsyncAlways      = []string{"--appendonly", "yes", "--appendfsync", "always"}
	FsyncEverySecond = []string{"--appendonly", "yes", "--appendfsync", "everysec"}
)

// ServeRedis returns a server over a Redis, and a token of one project.
func ServeRedis(t *testing.T, url string, args ...string) (s *Server, token string) {
	t.Helper()
	s = Serve(t, t.TempDir(), args...)
	s.Enable(Object{"engine": "external", "redis_url": url})
	_, token = s.CreateProject("p")
	return s, token
}

// ExpectUnavailable fails the test if operations that cannot be sent are not refused as such.
func ExpectUnavailable(t *testing.T, c Caller) {
	t.Helper()
	Eventually(t, "the store to be unavailable", func() string {
		// What was under way when the server went is of another kind: a broken connection.
		if r := c.KV(t, "get", Object{"key": "a"}); r.Status != http.StatusServiceUnavailable {
			return r.String()
		}
		return ""
	})
	for op, body := range map[string]Object{
		"get": {"key": "a"}, "set": {"key": "b", "value": 1}, "incr": {"key": "a"}, "del": {"keys": []string{"a"}},
		"keys": {"pattern": "*"}, "scan": {}, "mget": {"keys": []string{"a"}},
	} {
		r := c.ExpectProblem(t, op, body, http.StatusServiceUnavailable, "kv_unavailable")
		if r.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After in %v", op, r.Header)
		}
	}
}
