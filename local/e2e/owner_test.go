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

// ready returns what /readyz says.
func (s *server) ready(t *testing.T) reply {
	t.Helper()
	return s.as("").do(t, http.MethodGet, "/readyz", nil)
}

// reports waits until a server says everywhere that something is wrong: by its code, in words, and by refusing.
func reports(t *testing.T, s *server, token, code, says string) {
	t.Helper()
	begin := time.Now()
	eventually(t, "a refusal", answers(t, s.as(token), "get", object{"key": "a"}, http.StatusServiceUnavailable))
	s.as(token).refused(t, "get", object{"key": "a"}, http.StatusServiceUnavailable, "kv_unavailable")
	s.as(token).refused(t, "set", object{"key": "b", "value": 1}, http.StatusServiceUnavailable, "kv_unavailable")
	eventually(t, "the status to tell", func() string {
		if r := s.cli("status"); r.code == 0 && !strings.Contains(r.stdout, says) {
			return r.stdout
		}
		return ""
	})
	t.Logf("reported within %v", time.Since(begin).Round(time.Millisecond))
	eventually(t, "/readyz to tell", func() string { // what it found is told again for a second
		if r := s.ready(t); r.status != http.StatusServiceUnavailable || !strings.Contains(string(r.body), says) {
			return r.String()
		}
		return ""
	})
	r := s.cli("doctor")
	if r.code != 1 || !strings.Contains(r.stdout, "PROBLEM") || !strings.Contains(r.stdout, says) {
		t.Errorf("doctor: exit code %d: %s", r.code, r.stdout)
	}
	if r := s.cli("status", "--json"); !strings.Contains(r.stdout, code) || !strings.Contains(r.stdout, `"healthy":false`) &&
		!strings.Contains(r.stdout, `"healthy": false`) {
		t.Errorf("status: exit code %d: %s", r.code, r.stdout)
	}
}

// well waits until a key is answered again, and demands that nothing is said to be wrong.
func well(t *testing.T, s *server, token, want string) {
	t.Helper()
	eventually(t, "an answer", answers(t, s.as(token), "get", object{"key": "a"}, http.StatusOK))
	s.as(token).wants(t, "get", object{"key": "a"}, want)
	eventually(t, "a server that is ready", func() string {
		if r := s.ready(t); r.status != http.StatusOK {
			return r.String()
		}
		return ""
	})
	s.awaitHealthy()
}

// TestRedisComesBackEmpty takes all keys from a Redis in each way in which that may happen: they are missed, nobody else is
// let in, and no backup is made of what is left, until that is accepted or a backup is restored.
func TestRedisComesBackEmpty(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(s *server, r *redistest.Server) *server{
		"restarted": func(s *server, r *redistest.Server) *server { r.Restart(); return s },
		"flushed":   func(s *server, r *redistest.Server) *server { r.Client().FlushAll(s.t.Context()); return s },
		"restarted while the server was down": func(s *server, r *redistest.Server) *server {
			s.terminate()
			r.Restart()
			if d := s.cli("doctor", "--addr", "127.0.0.1:0"); d.code != 1 || !strings.Contains(d.stdout, "has lost its data") {
				s.t.Errorf("doctor of a server that is down: exit code %d: %s", d.code, d.stdout)
			}
			return s.again()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := redistest.Start(t)
			s := serve(t, t.TempDir())
			s.enable(object{"engine": "external", "redis_url": redis.URL})
			_, token := s.project("p")
			s.as(token).wants(t, "set", object{"key": "a", "value": "kept"}, `{"result":"OK"}`)
			var backup struct{ ID string }
			s.admin().must(t, http.MethodPost, "/api/kv/backups", object{}, &backup)

			s = lose(s, redis)
			reports(t, s, token, "store_emptied", "has lost its data")
			second := serve(t, t.TempDir())
			if r := second.cli("enable", "--engine", "external", "--redis-url", redis.URL); r.code != 6 {
				t.Errorf("a second tempskv is let in: exit code %d: %s", r.code, r.stderr)
			}
			if r := s.cli("backup", "create"); r.code != 5 || !strings.Contains(r.stderr, "has lost its data") {
				t.Errorf("a backup of what is left: exit code %d: %s", r.code, r.stderr)
			}
			s.kill() // the next process knows it too
			s = s.again()
			reports(t, s, token, "store_emptied", "has lost its data")

			s.types("engine", "accept-empty")
			well(t, s, token, `{"value":null}`)
			if r := s.cli("engine", "accept-empty"); r.code != 6 {
				t.Errorf("accepted twice: exit code %d: %s", r.code, r.stderr)
			}
			if got := s.types("audit"); !strings.Contains(got, "kvAcceptEmpty") {
				t.Errorf("the audit log is %s", got)
			}

			redis.Client().FlushAll(t.Context())
			reports(t, s, token, "store_emptied", "has lost its data")
			s.types("backup", "restore", backup.ID)
			well(t, s, token, `{"value":"kept"}`)
			s.terminate()
		})
	}
}

// TestAnothersRedis has the Redis of another tempskv listen at the address of one's own: nobody reads the other's keys.
func TestAnothersRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--appendonly", "yes")
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "external", "redis_url": redis.URL})
	id, token := s.project("p")
	s.as(token).wants(t, "set", object{"key": "a", "value": "ours"}, `{"result":"OK"}`)
	client := redis.Client()
	mark := client.Get(t.Context(), "kv:owner").Val()
	key := fmt.Sprintf("kv:p%d:a", id)
	for name, change := range map[string]func(replace func()) *server{
		"under a running server": func(replace func()) *server {
			s.signal(syscall.SIGSTOP)
			replace()
			redis.Restart()
			s.signal(syscall.SIGCONT)
			return s
		},
		"under one that is down": func(replace func()) *server {
			s.terminate()
			replace()
			if d := s.cli("doctor", "--addr", "127.0.0.1:0"); d.code != 1 || !strings.Contains(d.stdout, "keys of another tempskv") {
				t.Errorf("doctor of a server that is down: exit code %d: %s", d.code, d.stdout)
			}
			return s.again()
		},
	} {
		s = change(func() { client.MSet(t.Context(), "kv:owner", "THEOTHER", key, `"theirs"`) })
		for range 50 {
			if r := s.as(token).kv(t, "get", object{"key": "a"}); r.status == http.StatusOK {
				t.Fatalf("%s: answered %s", name, r)
			}
		}
		reports(t, s, token, "store_foreign", "THEOTHER")
		if got := client.Get(t.Context(), key).Val(); got != `"theirs"` || client.Exists(t.Context(), fmt.Sprintf("kv:p%d:b", id)).Val() != 0 {
			t.Errorf("%s: the other's keys were changed: %s", name, got)
		}
		if r := s.cli("backup", "create"); r.code != 5 {
			t.Errorf("%s: a backup of the other's keys: exit code %d: %s", name, r.code, r.stderr)
		}
		client.MSet(t.Context(), "kv:owner", mark, key, `"ours"`)
		well(t, s, token, `{"value":"ours"}`)
	}
	s.terminate()
}

// TestControlDataGone empties the Redis of the control data under two servers: clients are told to keep their tokens.
func TestControlDataGone(t *testing.T) {
	t.Parallel()
	control, keys := redistest.Start(t), redistest.Start(t)
	at := []string{"--control", control.URL, "--redis-url", keys.URL}
	a, b := serve(t, t.TempDir(), at...), serve(t, t.TempDir(), at...)
	a.enable(object{})
	_, token := a.project("p")
	a.as(token).wants(t, "set", object{"key": "a", "value": 1}, `{"result":"OK"}`)
	soon(t, "the token at the other", answers(t, b.as(token), "get", object{"key": "a"}, http.StatusOK))

	control.Client().FlushAll(t.Context())
	for _, s := range []*server{a, b} {
		eventually(t, "a refusal", func() string {
			switch r := s.as(token).kv(t, "get", object{"key": "a"}); r.status {
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
		r := runCommand(command(t, []string{"TEMPSKV_ADMIN_KEY=" + adminKey},
			append([]string{"serve", "--data", dir, "--addr", "127.0.0.1:0"}, at...)...))
		if r.code == 0 || !strings.Contains(r.stderr, "tempskv control accept-empty") {
			t.Errorf("started on %s: exit code %d: %s", dir, r.code, r.stderr)
		}
	}
	refusesToStart(t.TempDir()) // the keys tell
	b.terminate()
	refusesToStart(b.dir)
	if d := b.cli(append([]string{"doctor", "--addr", "127.0.0.1:0"}, at...)...); d.code != 1 || !strings.Contains(d.stdout, "accept-empty") {
		t.Errorf("doctor of a server that is down: exit code %d: %s", d.code, d.stdout)
	}
	if n := control.Client().DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys were made in the Redis of the control data", n)
	}

	b.types(append([]string{"control", "accept-empty"}, at...)...)
	b = b.again(at...)
	b.enable(object{})
	next := "/api/projects"
	var project struct{ ID int }
	b.admin().must(t, http.MethodPost, next, object{"name": "next"}, &project)
	if project.ID != 2 {
		t.Errorf("the next project has the number %d", project.ID)
	}
	soon(t, "the token that is lost", answers(t, a.as(token), "get", object{"key": "a"}, http.StatusUnauthorized))
	a.terminate()
	b.terminate()
}
