// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package recovery_test

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

// ready returns what /readyz says.
func ready(s *e2e.Server, t *testing.T) e2e.Reply {
	t.Helper()
	return s.As("").Do(t, http.MethodGet, "/readyz", nil)
}

// reports waits until a server says everywhere that something is wrong: by its code, in words, and by refusing.
func reports(t *testing.T, s *e2e.Server, token, code, says string) {
	t.Helper()
	begin := time.Now()
	e2e.Eventually(t, "a refusal", e2e.Answers(t, s.As(token), "get", e2e.Object{"key": "a"}, http.StatusServiceUnavailable))
	s.As(token).ExpectProblem(t, "get", e2e.Object{"key": "a"}, http.StatusServiceUnavailable, "kv_unavailable")
	s.As(token).ExpectProblem(t, "set", e2e.Object{"key": "b", "value": 1}, http.StatusServiceUnavailable, "kv_unavailable")
	e2e.Eventually(t, "the status to report it", func() string {
		if r := s.CLI("status"); r.Code == 0 && !strings.Contains(r.Stdout, says) {
			return r.Stdout
		}
		return ""
	})
	t.Logf("reported within %v", time.Since(begin).Round(time.Millisecond))
	e2e.Eventually(t, "/readyz to report it", func() string { // it repeats its last result for a second
		if r := ready(s, t); r.Status != http.StatusServiceUnavailable || !strings.Contains(string(r.Body), says) {
			return r.String()
		}
		return ""
	})
	r := s.CLI("doctor")
	if r.Code != 1 || !strings.Contains(r.Stdout, "PROBLEM") || !strings.Contains(r.Stdout, says) {
		t.Errorf("doctor: exit code %d: %s", r.Code, r.Stdout)
	}
	if r := s.CLI("status", "--json"); !strings.Contains(r.Stdout, code) || !strings.Contains(r.Stdout, `"healthy":false`) &&
		!strings.Contains(r.Stdout, `"healthy": false`) {
		t.Errorf("status: exit code %d: %s", r.Code, r.Stdout)
	}
}

// well waits until a key is answered again, and demands that nothing is said to be wrong.
func well(t *testing.T, s *e2e.Server, token, want string) {
	t.Helper()
	e2e.Eventually(t, "an answer", e2e.Answers(t, s.As(token), "get", e2e.Object{"key": "a"}, http.StatusOK))
	s.As(token).Expect(t, "get", e2e.Object{"key": "a"}, want)
	e2e.Eventually(t, "a server that is ready", func() string {
		if r := ready(s, t); r.Status != http.StatusOK {
			return r.String()
		}
		return ""
	})
	s.AwaitHealthy()
}

// TestRedisComesBackEmpty removes all keys from a Redis in each way in which that may happen: the loss is detected, calls are
// refused, and no backup is made of what is left, until that is accepted or a backup is restored.
func TestRedisComesBackEmpty(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(s *e2e.Server, r *redistest.Server) *e2e.Server{
		"restarted": func(s *e2e.Server, r *redistest.Server) *e2e.Server { r.Restart(); return s },
		"flushed":   func(s *e2e.Server, r *redistest.Server) *e2e.Server { r.Client().FlushAll(s.T.Context()); return s },
		"restarted while the server was down": func(s *e2e.Server, r *redistest.Server) *e2e.Server {
			s.Terminate()
			r.Restart()
			if d := s.CLI("doctor", "--addr", "127.0.0.1:0"); d.Code != 1 || !strings.Contains(d.Stdout, "has lost its data") {
				s.T.Errorf("doctor of a server that is down: exit code %d: %s", d.Code, d.Stdout)
			}
			return s.Restart()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := redistest.Start(t)
			s := e2e.Serve(t, t.TempDir())
			s.Enable(e2e.Object{"engine": "external", "redis_url": redis.URL})
			_, token := s.CreateProject("p")
			s.As(token).Expect(t, "set", e2e.Object{"key": "a", "value": "kept"}, `{"result":"OK"}`)
			var backup struct{ ID string }
			s.Admin().Must(t, http.MethodPost, "/api/kv/backups", e2e.Object{}, &backup)

			s = lose(s, redis)
			reports(t, s, token, "store_emptied", "has lost its data")
			second := e2e.Serve(t, t.TempDir())
			if r := second.CLI("enable", "--engine", "external", "--redis-url", redis.URL); r.Code != 6 {
				t.Errorf("a second tempskv is accepted: exit code %d: %s", r.Code, r.Stderr)
			}
			if r := s.CLI("backup", "create"); r.Code != 5 || !strings.Contains(r.Stderr, "has lost its data") {
				t.Errorf("a backup of what is left: exit code %d: %s", r.Code, r.Stderr)
			}
			s.Kill() // the next process knows it too
			s = s.Restart()
			reports(t, s, token, "store_emptied", "has lost its data")

			s.Run("engine", "accept-empty")
			well(t, s, token, `{"value":null}`)
			if r := s.CLI("engine", "accept-empty"); r.Code != 6 {
				t.Errorf("accepted twice: exit code %d: %s", r.Code, r.Stderr)
			}
			if got := s.Run("audit"); !strings.Contains(got, "kvAcceptEmpty") {
				t.Errorf("the audit log is %s", got)
			}

			redis.Client().FlushAll(t.Context())
			reports(t, s, token, "store_emptied", "has lost its data")
			s.Run("backup", "restore", backup.ID)
			well(t, s, token, `{"value":"kept"}`)
			s.Terminate()
		})
	}
}

// TestAnothersRedis puts the Redis of another tempskv at the address of a server's own: it does not read the other's keys.
func TestAnothersRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--appendonly", "yes")
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "external", "redis_url": redis.URL})
	id, token := s.CreateProject("p")
	s.As(token).Expect(t, "set", e2e.Object{"key": "a", "value": "ours"}, `{"result":"OK"}`)
	client := redis.Client()
	mark := client.Get(t.Context(), "kv:owner").Val()
	key := fmt.Sprintf("kv:p%d:a", id)
	for name, change := range map[string]func(replace func()) *e2e.Server{
		"under a running server": func(replace func()) *e2e.Server {
			s.Signal(syscall.SIGSTOP)
			replace()
			redis.Restart()
			s.Signal(syscall.SIGCONT)
			return s
		},
		"under one that is down": func(replace func()) *e2e.Server {
			s.Terminate()
			replace()
			if d := s.CLI("doctor", "--addr", "127.0.0.1:0"); d.Code != 1 || !strings.Contains(d.Stdout, "keys of another tempskv") {
				t.Errorf("doctor of a server that is down: exit code %d: %s", d.Code, d.Stdout)
			}
			return s.Restart()
		},
	} {
		s = change(func() { client.MSet(t.Context(), "kv:owner", "THEOTHER", key, `"theirs"`) })
		for range 50 {
			if r := s.As(token).KV(t, "get", e2e.Object{"key": "a"}); r.Status == http.StatusOK {
				t.Fatalf("%s: answered %s", name, r)
			}
		}
		reports(t, s, token, "store_foreign", "THEOTHER")
		if got := client.Get(t.Context(), key).Val(); got != `"theirs"` || client.Exists(t.Context(), fmt.Sprintf("kv:p%d:b", id)).Val() != 0 {
			t.Errorf("%s: the other's keys were changed: %s", name, got)
		}
		if r := s.CLI("backup", "create"); r.Code != 5 {
			t.Errorf("%s: a backup of the other's keys: exit code %d: %s", name, r.Code, r.Stderr)
		}
		client.MSet(t.Context(), "kv:owner", mark, key, `"ours"`)
		well(t, s, token, `{"value":"ours"}`)
	}
	s.Terminate()
}

// TestControlDataGone empties the Redis of the control data of two servers: clients learn that they should keep their tokens.
func TestControlDataGone(t *testing.T) {
	t.Parallel()
	control, keys := redistest.Start(t), redistest.Start(t)
	at := []string{"--control", control.URL, "--redis-url", keys.URL}
	a, b := e2e.Serve(t, t.TempDir(), at...), e2e.Serve(t, t.TempDir(), at...)
	a.Enable(e2e.Object{})
	_, token := a.CreateProject("p")
	a.As(token).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	e2e.Soon(t, "the token at the other", e2e.Answers(t, b.As(token), "get", e2e.Object{"key": "a"}, http.StatusOK))

	control.Client().FlushAll(t.Context())
	for _, s := range []*e2e.Server{a, b} {
		e2e.Eventually(t, "a refusal", func() string {
			switch r := s.As(token).KV(t, "get", e2e.Object{"key": "a"}); r.Status {
			case http.StatusOK:
				return "is answered"
			case http.StatusServiceUnavailable:
			default:
				t.Fatalf("refused with %s", r)
			}
			return ""
		})
		reports(t, s, token, "control_data_gone", "Keep your tokens")
	}
	refusesToStart := func(dir string) {
		t.Helper()
		r := e2e.RunCommand(e2e.Command(t, []string{"TEMPSKV_ADMIN_KEY=" + e2e.AdminKey},
			append([]string{"serve", "--data", dir, "--addr", "127.0.0.1:0"}, at...)...))
		if r.Code == 0 || !strings.Contains(r.Stderr, "tempskv control accept-empty") {
			t.Errorf("started on %s: exit code %d: %s", dir, r.Code, r.Stderr)
		}
	}
	refusesToStart(t.TempDir()) // it sees the keys
	b.Terminate()
	refusesToStart(b.Dir)
	if d := b.CLI(append([]string{"doctor", "--addr", "127.0.0.1:0"}, at...)...); d.Code != 1 || !strings.Contains(d.Stdout, "accept-empty") {
		t.Errorf("doctor of a server that is down: exit code %d: %s", d.Code, d.Stdout)
	}
	if n := control.Client().DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys were made in the Redis of the control data", n)
	}

	b.Run(append([]string{"control", "accept-empty"}, at...)...)
	b = b.Restart(at...)
	b.Enable(e2e.Object{})
	next := "/api/projects"
	var project struct{ ID int }
	b.Admin().Must(t, http.MethodPost, next, e2e.Object{"name": "next"}, &project)
	if project.ID != 2 {
		t.Errorf("the next project has the number %d", project.ID)
	}
	e2e.Soon(t, "the token that is lost", e2e.Answers(t, a.As(token), "get", e2e.Object{"key": "a"}, http.StatusUnauthorized))
	a.Terminate()
	b.Terminate()
}
