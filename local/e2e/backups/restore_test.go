// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package backups_test

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
	"github.com/tempskv/tempskv/local/e2e"
)

const (
	// restoredKeys is how many keys a project has that is restored.
	restoredKeys = 15_000
	// restoreKills is how often a restore of one engine is killed.
	restoreKills = 4
)

// TestRestoreIsKilled kills the server at a random moment of a restore. After the next start every project has either all
// keys of the backup or all of its earlier keys, and no client ever gets the answer that a key is missing that exists before
// and after.
func TestRestoreIsKilled(t *testing.T) {
	t.Parallel()
	t.Run("external", func(t *testing.T) {
		t.Parallel()
		redis := redistest.Start(t, e2e.FsyncAlways...)
		restoreIsKilled(t, e2e.Serve(t, t.TempDir()), e2e.External(redis.URL), e2e.Object{"replace": true})
	})
	t.Run("external, one project", func(t *testing.T) {
		t.Parallel()
		redis := redistest.Start(t, e2e.FsyncAlways...)
		restoreIsKilled(t, e2e.Serve(t, t.TempDir()), e2e.External(redis.URL), e2e.Object{"replace": true, "project_id": 1})
	})
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		restoreIsKilled(t, e2e.Serve(t, t.TempDir()), e2e.Object{"engine": "embedded"}, e2e.Object{"replace": true})
	})
	t.Run("embedded, one project", func(t *testing.T) {
		t.Parallel()
		restoreIsKilled(t, e2e.Serve(t, t.TempDir()), e2e.Object{"engine": "embedded"}, e2e.Object{"replace": true, "project_id": 1})
	})
}

func restoreIsKilled(t *testing.T, s *e2e.Server, settings, options e2e.Object) {
	t.Helper()
	s.Enable(settings)
	_, token := s.CreateProject("restored")
	was := e2e.FillKeys(t, s.As(token), restoredKeys)
	b := s.CreateBackup()
	change := func() string {
		s.As(token).Must(t, http.MethodPost, "/api/kv/set", e2e.Object{"key": "many:1", "value": "changed"}, nil)
		return e2e.DigestKeys(t, s.As(token), restoredKeys)
	}
	changed := change()
	begun := time.Now()
	s.Restore(b.ID, options)
	whole := time.Since(begun)
	seen := map[string]int{}
	for range restoreKills {
		if got := change(); got != changed {
			t.Fatal("the keys are not those of before")
		}
		watch := watchKey(t, s, token)
		killed := make(chan struct{})
		time.AfterFunc(rand.N(whole), func() { defer close(killed); s.Kill() })
		_, _ = s.Admin().Send(t.Context(), http.MethodPost, e2e.RestorePath(b.ID), options)
		<-killed
		watch()
		s = s.Restart()
		watch = watchKey(t, s, token)
		s.AwaitHealthy()
		awaitRestored(t, s)
		watch()
		switch e2e.DigestKeys(t, s.As(token), restoredKeys) {
		case was:
			seen["restored"]++
		case changed:
			seen["as before"]++
		default:
			t.Fatal("a restore that was killed left neither the keys of the backup nor the earlier ones")
		}
	}
	t.Logf("one restore took %v; %v", whole, seen)
	results := restoreResults(t, s)
	if len(results) < seen["restored"] || slices.ContainsFunc(results, func(r string) bool {
		return r != "ok" && r != "failed" && r != "rolled_back"
	}) {
		t.Errorf("the audit log has %v", results)
	}
}

// awaitRestored waits until nothing is being restored.
func awaitRestored(t *testing.T, s *e2e.Server) {
	t.Helper()
	e2e.Eventually(t, "the end of a restore", func() string {
		r := s.Admin().Do(t, http.MethodGet, "/api/kv/status", nil)
		if bytes.Contains(r.Body, []byte("restore_pending")) || bytes.Contains(r.Body, []byte("restore is under way")) {
			return r.String()
		}
		return ""
	})
}

// restoreResults returns how the restores ended, newest first.
func restoreResults(t *testing.T, s *e2e.Server) (results []string) {
	t.Helper()
	var log struct {
		Entries []struct{ Action, Result string }
	}
	s.Admin().Must(t, http.MethodGet, "/api/audit?limit=100", nil, &log)
	for _, e := range log.Entries {
		if e.Action == "restoreBackup" {
			results = append(results, e.Result)
		}
	}
	return results
}

// watchKey reads a key all the time until the returned func is called: it is there, or the answer is 503 with the reason.
func watchKey(t *testing.T, s *e2e.Server, token string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() {
		for ctx.Err() == nil {
			r, err := s.As(token).Send(ctx, http.MethodPost, "/api/kv/get", e2e.Object{"key": "many:7"})
			switch {
			case err != nil: // the server is killed
				continue
			case r.Status == http.StatusOK && strings.Contains(string(r.Body), `{"n":7}`):
			case r.Status == http.StatusServiceUnavailable && r.Problem().Code == "kv_unavailable" && r.Header.Get("Retry-After") != "":
			default:
				t.Errorf("a key that exists before and after: %s", r)
				return
			}
		}
	})
	return func() { cancel(); watching.Wait() }
}

// TestRestoreWaits kills the server while it restores, and starts it without its Redis. Status, doctor, metrics and callers
// show that a restore waits, and it continues once Redis is back.
func TestRestoreWaits(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, e2e.FsyncAlways...)
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.External(redis.URL))
	_, token := s.CreateProject("restored")
	was := e2e.FillKeys(t, s.As(token), restoredKeys)
	b := s.CreateBackup()
	s.As(token).Must(t, http.MethodPost, "/api/kv/set", e2e.Object{"key": "many:1", "value": "changed"}, nil)
	killed := s.AtStep("(?:remove|restore|compare) the keys.*", s.Kill)
	_, _ = s.Admin().Send(t.Context(), http.MethodPost, e2e.RestorePath(b.ID), e2e.Object{"replace": true})
	if !e2e.Await(t, killed, "restore") {
		t.Fatal("the restore was over before it was seen")
	}
	redis.Kill()
	s = s.Restart()
	e2e.Eventually(t, "the status to report it", func() string {
		st := s.Run("status")
		if !strings.Contains(st, "the restore of backup "+b.ID) || !strings.Contains(st, "tempskv backup restore ID --replace") {
			return st
		}
		return ""
	})
	if r := s.CLI("doctor"); r.Code == 0 || !strings.Contains(r.Stdout, "restore_pending") {
		t.Errorf("doctor: %+v", r)
	}
	if r := s.Admin().Do(t, http.MethodGet, "/metrics", nil); !bytes.Contains(r.Body, []byte(`tempskv_warning{code="restore_pending"} 1`)) {
		t.Errorf("metrics: %s", r.Body)
	}
	if results := restoreResults(t, s); len(results) > 0 {
		t.Errorf("the audit log has a restore that is not over: %v", results)
	}
	r := s.As(token).ExpectProblem(t, "get", e2e.Object{"key": "many:7"}, http.StatusServiceUnavailable, "kv_unavailable")
	if r.Header.Get("Retry-After") == "" {
		t.Errorf("%s, %v", r, r.Header)
	}
	redis.Restart()
	e2e.Eventually(t, "the key", e2e.Answers(t, s.As(token), "get", e2e.Object{"key": "many:7"}, http.StatusOK))
	if got := e2e.DigestKeys(t, s.As(token), restoredKeys); got != was {
		t.Error("the keys are not those of the backup")
	}
	e2e.Eventually(t, "the audit log", func() string {
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
	redis := redistest.Start(t, e2e.FsyncAlways...)
	backups := t.TempDir()
	a, b := e2e.ServeShared(t, redis.URL, "--backup-to", backups), e2e.ServeShared(t, redis.URL, "--backup-to", backups)
	a.Enable(e2e.Object{})
	_, token := a.CreateProject("restored")
	_, apart := a.CreateProject("apart")
	e2e.Soon(t, "the enable of another", e2e.Answers(t, b.As(token), "get", e2e.Object{"key": "a"}, http.StatusOK))
	was := e2e.FillKeys(t, a.As(token), restoredKeys)
	made := a.CreateBackup()
	for _, s := range []*e2e.Server{a, b} {
		s.As(apart).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	}
	a.As(token).Must(t, http.MethodPost, "/api/kv/set", e2e.Object{"key": "many:1", "value": "changed"}, nil)
	stop := watchKey(t, b, token)
	killed := a.AtStep("(?:remove|restore|compare) the keys.*", a.Kill)
	_, _ = a.Admin().Send(t.Context(), http.MethodPost, e2e.RestorePath(made.ID), e2e.Object{"replace": true, "project_id": 1})
	if !e2e.Await(t, killed, "restore") {
		t.Fatal("the restore was over before it was seen")
	}
	r := b.As(token).ExpectProblem(t, "get", e2e.Object{"key": "many:7"}, http.StatusServiceUnavailable, "kv_unavailable")
	if !strings.Contains(r.Problem().Detail, "being restored from a backup") {
		t.Errorf("the other server says %s", r)
	}
	b.As(apart).Expect(t, "get", e2e.Object{"key": "a"}, `{"value":1}`)
	if r := b.Admin().Do(t, http.MethodPost, "/api/kv/backups", e2e.Object{}); r.Status < http.StatusBadRequest {
		t.Errorf("a backup of keys of which half are there: %s", r)
	}
	if r := b.Admin().Do(t, http.MethodPost, e2e.RestorePath(made.ID), e2e.Object{"replace": true}); r.Problem().Code != "busy" {
		t.Errorf("another restore: %s", r)
	}
	eventuallyWithin(t, 3*e2e.Patience, "the other server to take over", e2e.Answers(t, b.As(token), "get", e2e.Object{"key": "many:7"}, http.StatusOK))
	stop()
	if got := e2e.DigestKeys(t, b.As(token), restoredKeys); got != was {
		t.Error("the keys are not those of the backup")
	}
	if results := restoreResults(t, b); !slices.Equal(results, []string{"ok"}) && !slices.Equal(results, []string{"ok", "busy"}) {
		t.Errorf("the audit log has %v", results)
	}
}

// TestRestoreWhileOthersWrite restores while clients write. Each write was acknowledged and is in the backup of what was
// replaced or, where it came after the restore, in the store; or it was refused. What is there else is what the backup holds.
func TestRestoreWhileOthersWrite(t *testing.T) {
	t.Parallel()
	e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
		for name, options := range map[string]e2e.Object{
			"all": {"replace": true}, "one project": {"replace": true, "project_id": 1},
		} {
			t.Run(name, func(t *testing.T) {
				if settings["engine"] == "external" {
					settings = e2e.External(redistest.Start(t, e2e.FsyncAlways...).URL) // whose ids of projects begin at 1
				}
				s := e2e.Serve(t, t.TempDir())
				s.Enable(settings)
				_, token := s.CreateProject("restored")
				was := e2e.FillKeys(t, s.As(token), 3000)
				b := s.CreateBackup()
				w := startWriters(t, s.As(token))
				w.await(t, 50)
				r := s.Restore(b.ID, options)
				w.await(t, 50)
				w.stop()
				if got := e2e.DigestKeys(t, s.As(token), 3000); got != was {
					t.Error("the keys of the backup are not there")
				}
				if r.Keys != b.Keys || r.Changed != 0 || r.Before == "" {
					t.Errorf("restored %+v, of %d keys", r, b.Keys)
				}
				before := keysOf(t, filepath.Join(s.Dir, "backups", r.Before+".ndjson.gz"))
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
					t.Errorf("of %d acknowledged writes, %d are lost, and %d earlier ones are still there", len(w.acked), lost, both)
				}
			})
		}
	})
}

// writers set keys, each once, and note those that were acknowledged.
type writers struct {
	e2e.Caller
	mu    sync.Mutex
	acked map[string]bool
	stop  func()
}

func startWriters(t *testing.T, c e2e.Caller) *writers {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &writers{Caller: c, acked: map[string]bool{}}
	var running sync.WaitGroup
	for n := range 4 {
		running.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				key := fmt.Sprintf("written:%d:%d", n, i)
				r, err := c.Send(t.Context(), http.MethodPost, "/api/kv/set", e2e.Object{"key": key, "value": i})
				switch {
				case err == nil && r.Status == http.StatusOK:
					w.mu.Lock()
					w.acked[key] = true
					w.mu.Unlock()
				case err != nil || r.Status != http.StatusServiceUnavailable || r.Problem().Code != "kv_unavailable":
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
	e2e.Eventually(t, "writes", func() string {
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
		w.Must(t, http.MethodPost, "/api/kv/mget", e2e.Object{"keys": keys}, &answer)
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

// eventuallyWithin is Eventually for things that take longer by design.
func eventuallyWithin(t *testing.T, limit time.Duration, what string, ask func() string) {
	t.Helper()
	objection := ""
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); <-time.After(e2e.Poll) {
		if objection = ask(); objection == "" {
			return
		}
	}
	t.Fatalf("waited %v for %s: %s", limit, what, objection)
}
