// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

const (
	// restoredKeys is how many keys a project has that is restored.
	restoredKeys = 15_000
	// restoreKills is how often a restore of one engine is killed.
	restoreKills = 4
)

// TestRestoreIsKilled kills the server at any moment of a restore. After the next start every project holds the keys of the
// backup or those of before, all of them; and at no time somebody is told that a key is not there which was there before
// and is there after.
func TestRestoreIsKilled(t *testing.T) {
	t.Parallel()
	t.Run("external", func(t *testing.T) {
		t.Parallel()
		redis := redistest.Start(t, durable...)
		restoreIsKilled(t, serve(t, t.TempDir()), at(redis.URL), object{"replace": true})
	})
	t.Run("external, one project", func(t *testing.T) {
		t.Parallel()
		redis := redistest.Start(t, durable...)
		restoreIsKilled(t, serve(t, t.TempDir()), at(redis.URL), object{"replace": true, "project_id": 1})
	})
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		restoreIsKilled(t, serve(t, t.TempDir()), object{"engine": "embedded"}, object{"replace": true})
	})
	t.Run("embedded, one project", func(t *testing.T) {
		t.Parallel()
		restoreIsKilled(t, serve(t, t.TempDir()), object{"engine": "embedded"}, object{"replace": true, "project_id": 1})
	})
}

func restoreIsKilled(t *testing.T, s *server, settings, options object) {
	t.Helper()
	s.enable(settings)
	_, token := s.project("restored")
	was := fillMany(t, s.as(token), restoredKeys)
	b := s.backUp()
	spoil := func() string {
		s.as(token).must(t, http.MethodPost, "/api/kv/set", object{"key": "many:1", "value": "spoilt"}, nil)
		return digestMany(t, s.as(token), restoredKeys)
	}
	spoilt := spoil()
	begun := time.Now()
	s.restore(b.ID, options)
	whole := time.Since(begun)
	seen := map[string]int{}
	for range restoreKills {
		if got := spoil(); got != spoilt {
			t.Fatal("the keys are not those of before")
		}
		watch := watchKey(t, s, token)
		killed := make(chan struct{})
		time.AfterFunc(rand.N(whole), func() { defer close(killed); s.kill() })
		_, _ = s.admin().send(t.Context(), http.MethodPost, restorePath(b.ID), options)
		<-killed
		watch()
		s = s.again()
		watch = watchKey(t, s, token)
		s.awaitHealthy()
		awaitRestored(t, s)
		watch()
		switch digestMany(t, s.as(token), restoredKeys) {
		case was:
			seen["restored"]++
		case spoilt:
			seen["as before"]++
		default:
			t.Fatal("a restore that was killed left neither the keys of the backup nor those of before")
		}
	}
	t.Logf("one restore took %v; %v", whole, seen)
	results := restoreResults(t, s)
	if len(results) < seen["restored"] || slices.ContainsFunc(results, func(r string) bool {
		return r != "ok" && r != "failed" && r != "rolled_back"
	}) {
		t.Errorf("the audit log tells %v", results)
	}
}

// awaitRestored waits until nothing is being restored.
func awaitRestored(t *testing.T, s *server) {
	t.Helper()
	eventually(t, "the end of a restore", func() string {
		r := s.admin().do(t, http.MethodGet, "/api/kv/status", nil)
		if bytes.Contains(r.body, []byte("restore_pending")) || bytes.Contains(r.body, []byte("restore is under way")) {
			return r.String()
		}
		return ""
	})
}

// restoreResults returns how the restores ended, newest first.
func restoreResults(t *testing.T, s *server) (results []string) {
	t.Helper()
	var log struct {
		Entries []struct{ Action, Result string }
	}
	s.admin().must(t, http.MethodGet, "/api/audit?limit=100", nil, &log)
	for _, e := range log.Entries {
		if e.Action == "restoreBackup" {
			results = append(results, e.Result)
		}
	}
	return results
}

// watchKey reads a key all the time until the returned func is called: it is there, or the answer is 503 with the reason.
func watchKey(t *testing.T, s *server, token string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() {
		for ctx.Err() == nil {
			r, err := s.as(token).send(ctx, http.MethodPost, "/api/kv/get", object{"key": "many:7"})
			switch {
			case err != nil: // the server is killed
				continue
			case r.status == http.StatusOK && strings.Contains(string(r.body), `{"n":7}`):
			case r.status == http.StatusServiceUnavailable && r.problem().Code == "kv_unavailable" && r.header.Get("Retry-After") != "":
			default:
				t.Errorf("a key that is there before and after: %s", r)
				return
			}
		}
	})
	return func() { cancel(); watching.Wait() }
}

// TestRestoreWaits kills the server while it restores, and starts it without its Redis. Status, doctor, metrics and callers
// are told that a restore waits, and it goes on once Redis is back.
func TestRestoreWaits(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, durable...)
	s := serve(t, t.TempDir())
	s.enable(at(redis.URL))
	_, token := s.project("restored")
	was := fillMany(t, s.as(token), restoredKeys)
	b := s.backUp()
	s.as(token).must(t, http.MethodPost, "/api/kv/set", object{"key": "many:1", "value": "spoilt"}, nil)
	killed := s.atStep("(?:remove|restore|compare) the keys.*", s.kill)
	_, _ = s.admin().send(t.Context(), http.MethodPost, restorePath(b.ID), object{"replace": true})
	if !await(t, killed, "restore") {
		t.Fatal("the restore was over before it was seen")
	}
	redis.Kill()
	s = s.again()
	eventually(t, "the status to tell", func() string {
		st := s.types("status")
		if !strings.Contains(st, "the restore of the backup "+b.ID) || !strings.Contains(st, "tempskv backup restore ID --replace") {
			return st
		}
		return ""
	})
	if r := s.cli("doctor"); r.code == 0 || !strings.Contains(r.stdout, "restore_pending") {
		t.Errorf("doctor: %+v", r)
	}
	if r := s.admin().do(t, http.MethodGet, "/metrics", nil); !bytes.Contains(r.body, []byte(`tempskv_warning{code="restore_pending"} 1`)) {
		t.Errorf("metrics: %s", r.body)
	}
	if results := restoreResults(t, s); len(results) > 0 {
		t.Errorf("the audit log tells of a restore that is not over: %v", results)
	}
	r := s.as(token).refused(t, "get", object{"key": "many:7"}, http.StatusServiceUnavailable, "kv_unavailable")
	if r.header.Get("Retry-After") == "" {
		t.Errorf("%s, %v", r, r.header)
	}
	redis.Restart()
	eventually(t, "the key", answers(t, s.as(token), "get", object{"key": "many:7"}, http.StatusOK))
	if got := digestMany(t, s.as(token), restoredKeys); got != was {
		t.Error("the keys are not those of the backup")
	}
	eventually(t, "the audit log", func() string {
		if results := restoreResults(t, s); !slices.Equal(results, []string{"ok"}) {
			return fmt.Sprint(results)
		}
		return ""
	})
}

// TestRestoreOfSeveralGateways kills one of two servers while it restores. The other one refuses the project's calls, with
// the reason, takes the restore over and ends it.
func TestRestoreOfSeveralGateways(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, durable...)
	backups := t.TempDir()
	a, b := sharing(t, redis.URL, "--backup-to", backups), sharing(t, redis.URL, "--backup-to", backups)
	a.enable(object{})
	_, token := a.project("restored")
	_, apart := a.project("apart")
	soon(t, "the enable of another", answers(t, b.as(token), "get", object{"key": "a"}, http.StatusOK))
	was := fillMany(t, a.as(token), restoredKeys)
	made := a.backUp()
	for _, s := range []*server{a, b} {
		s.as(apart).wants(t, "set", object{"key": "a", "value": 1}, `{"result":"OK"}`)
	}
	a.as(token).must(t, http.MethodPost, "/api/kv/set", object{"key": "many:1", "value": "spoilt"}, nil)
	stop := watchKey(t, b, token)
	killed := a.atStep("(?:remove|restore|compare) the keys.*", a.kill)
	_, _ = a.admin().send(t.Context(), http.MethodPost, restorePath(made.ID), object{"replace": true, "project_id": 1})
	if !await(t, killed, "restore") {
		t.Fatal("the restore was over before it was seen")
	}
	r := b.as(token).refused(t, "get", object{"key": "many:7"}, http.StatusServiceUnavailable, "kv_unavailable")
	if !strings.Contains(r.problem().Detail, "being restored from a backup") {
		t.Errorf("the other server says %s", r)
	}
	b.as(apart).wants(t, "get", object{"key": "a"}, `{"value":1}`)
	if r := b.admin().do(t, http.MethodPost, "/api/kv/backups", object{}); r.status < http.StatusBadRequest {
		t.Errorf("a backup of keys of which half are there: %s", r)
	}
	if r := b.admin().do(t, http.MethodPost, restorePath(made.ID), object{"replace": true}); r.problem().Code != "busy" {
		t.Errorf("another restore: %s", r)
	}
	eventuallyWithin(t, 3*patience, "the other server to take over", answers(t, b.as(token), "get", object{"key": "many:7"}, http.StatusOK))
	stop()
	if got := digestMany(t, b.as(token), restoredKeys); got != was {
		t.Error("the keys are not those of the backup")
	}
	if results := restoreResults(t, b); !slices.Equal(results, []string{"ok"}) && !slices.Equal(results, []string{"ok", "busy"}) {
		t.Errorf("the audit log tells %v", results)
	}
}

// TestRestoreWhileOthersWrite restores while clients write. Each write was acknowledged and is in the backup of what was
// replaced or, where it came after the restore, in the store; or it was refused. What is there else is what the backup holds.
func TestRestoreWhileOthersWrite(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, settings object) {
		for name, options := range map[string]object{
			"all": {"replace": true}, "one project": {"replace": true, "project_id": 1},
		} {
			t.Run(name, func(t *testing.T) {
				if settings["engine"] == "external" {
					settings = at(redistest.Start(t, durable...).URL) // whose ids of projects begin at 1
				}
				s := serve(t, t.TempDir())
				s.enable(settings)
				_, token := s.project("restored")
				was := fillMany(t, s.as(token), 3000)
				b := s.backUp()
				w := startWriters(t, s.as(token))
				w.await(t, 50)
				r := s.restore(b.ID, options)
				w.await(t, 50)
				w.stop()
				if got := digestMany(t, s.as(token), 3000); got != was {
					t.Error("the keys of the backup are not there")
				}
				if r.Keys != b.Keys || r.Changed != 0 || r.Before == "" {
					t.Errorf("restored %+v, of %d keys", r, b.Keys)
				}
				before := keysOf(t, filepath.Join(s.dir, "backups", r.Before+".ndjson.gz"))
				now, lost, both := w.there(t), 0, 0
				for key := range w.acked {
					switch {
					case !before[key] && !now[key]:
						lost++
					case before[key] && now[key]:
						both++
					}
				}
				if lost > 0 || both > 0 {
					t.Errorf("of %d writes that were acknowledged, %d are nowhere, and %d of before are there", len(w.acked), lost, both)
				}
			})
		}
	})
}

// writers set keys, each once, and note those that were acknowledged.
type writers struct {
	caller
	mu    sync.Mutex
	acked map[string]bool
	stop  func()
}

func startWriters(t *testing.T, c caller) *writers {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &writers{caller: c, acked: map[string]bool{}}
	var running sync.WaitGroup
	for n := range 4 {
		running.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				key := fmt.Sprintf("written:%d:%d", n, i)
				r, err := c.send(t.Context(), http.MethodPost, "/api/kv/set", object{"key": key, "value": i})
				switch {
				case err == nil && r.status == http.StatusOK:
					w.mu.Lock()
					w.acked[key] = true
					w.mu.Unlock()
				case err != nil || r.status != http.StatusServiceUnavailable || r.problem().Code != "kv_unavailable":
					t.Errorf("a write: %s, %v", r, err)
					return
				}
			}
		})
	}
	w.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(w.stop)
	return w
}

// await waits for so many more acknowledged writes.
func (w *writers) await(t *testing.T, more int) {
	t.Helper()
	count := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.acked)
	}
	begun := count()
	eventually(t, "writes", func() string {
		if n := count() - begun; n < more {
			return fmt.Sprint(n)
		}
		return ""
	})
}

// there returns which of the writes that were acknowledged are in the store.
func (w *writers) there(t *testing.T) map[string]bool {
	t.Helper()
	there := map[string]bool{}
	for keys := range slices.Chunk(slices.Collect(maps.Keys(w.acked)), 1000) {
		var answer struct{ Values []json.RawMessage }
		w.must(t, http.MethodPost, "/api/kv/mget", object{"keys": keys}, &answer)
		for i, v := range answer.Values {
			there[keys[i]] = string(v) != "null"
		}
	}
	return there
}

// keysOf returns the keys in a file of a backup.
func keysOf(t *testing.T, path string) map[string]bool {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for lines := json.NewDecoder(unpacked); ; {
		var line struct{ Key string }
		if err := lines.Decode(&line); err == io.EOF {
			return keys
		} else if err != nil {
			t.Fatal(err)
		}
		keys[line.Key] = true
	}
}

// eventuallyWithin is eventually for what takes longer by design.
func eventuallyWithin(t *testing.T, limit time.Duration, what string, ask func() string) {
	t.Helper()
	objection := ""
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); <-time.After(poll) {
		if objection = ask(); objection == "" {
			return
		}
	}
	t.Fatalf("waited %v for %s: %s", limit, what, objection)
}
