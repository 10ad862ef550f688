// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// killedDuringFirstStart kills a server at random times of its first start. The next start takes what is there, and
// either shows an API key or one that was shown before works.
func killedDuringFirstStart(t *testing.T) (v result) {
	took := timeOfStart(t, func() string { return filepath.Join(t.TempDir(), "data") })
	for range 3 * kills() {
		dir := filepath.Join(t.TempDir(), "data")
		printed := startAndKill(t, dir, rand.N(took+took/5))
		s := e2e.ServeWith(t, nil, dir)
		key := shownKey(printed + s.Secrets)
		if key == "" {
			t.Errorf("no start has shown an API key; the first left %q, the second %q", printed, s.Secrets)
			v.Lost++
		} else if r := s.As(key).Do(t, http.MethodGet, "/api/projects", nil); r.Status != http.StatusOK {
			t.Errorf("the key that was shown last: %s", r)
			v.Lost++
		}
		s.Kill()
	}
	return v
}

// shownKey returns the last API key in what servers have shown, empty if there is none.
func shownKey(printed string) string {
	const before = "tk_"
	at := strings.LastIndex(printed, before)
	if at < 0 {
		return ""
	}
	key, _, whole := strings.Cut(printed[at:], "\n")
	if !whole { // cut off by the kill
		return shownKey(printed[:at])
	}
	return key
}

// timeOfStart measures how long a start on a directory takes, as a process that is to be killed within it sees it.
func timeOfStart(t *testing.T, dir func() string) time.Duration {
	t.Helper()
	begin := time.Now()
	e2e.ServeWith(t, nil, dir()).Kill()
	return time.Since(begin)
}

// startAndKill starts a server, kills it after a time, and returns the secrets that it had shown.
func startAndKill(t *testing.T, dir string, after time.Duration) string {
	t.Helper()
	cmd := e2e.Command(t, nil, "serve", "--data", dir, "--addr", "127.0.0.1:0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-time.After(after)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return e2e.ReadSecrets(dir)
}

// killedDuringMigration kills a server at random times while it brings the files of an earlier release to their present
// format. The next start continues, and nothing is missing.
func killedDuringMigration(t *testing.T) (v result) {
	for _, engine := range []string{"embedded", "external"} {
		dir := func() string {
			if engine == "embedded" {
				return earlierRelease(t, engine, "")
			}
			redis := redistest.Start(t, e2e.FsyncAlways...) // which mayLose the mark of one service
			if err := redis.Client().Set(t.Context(), "kv:p1:greeting", `"hello"`, 0).Err(); err != nil {
				t.Fatal(err)
			}
			return earlierRelease(t, engine, redis.URL)
		}
		took := timeOfStart(t, dir)
		for range kills() {
			d := dir()
			startAndKill(t, d, rand.N(took+took/5))
			s := e2e.Serve(t, d)
			s.AwaitHealthy()
			r := s.Admin().KV(t, "get", e2e.Object{"key": "greeting", "project_id": 1})
			if got := strings.TrimSpace(string(r.Body)); got != `{"value":"hello"}` {
				t.Errorf("%s: after a migration that was killed: %s", engine, r)
				v.Lost++
			}
			s.As("tk_PPiLEYSvyiWsqhReiRYJNtb8ETx3FZ27x3S3").Must(t, http.MethodGet, "/api/projects", nil, nil)
			s.Kill()
		}
	}
	return v
}

// earlierRelease makes a data directory with files of the first format, of a service that is on.
func earlierRelease(t *testing.T, engine, redisURL string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for file, of := range map[string]string{"control.db": "control/sqlite", "data.db": "embedded"} {
		text, err := os.ReadFile(filepath.Join(e2e.Root, "infra", of, "testdata", "format1.sql"))
		if err != nil {
			t.Fatal(err)
		}
		statements := strings.NewReplacer(`"engine":"embedded"`, `"engine":"`+engine+`"`, `"redis_url":""`,
			`"redis_url":"`+redisURL+`"`).Replace(string(text))
		db, err := sql.Open("sqlite", filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), statements); err != nil {
			t.Fatal(fmt.Errorf("%s: %w", file, err))
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
