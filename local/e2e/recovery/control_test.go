// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package recovery_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// startFails starts a server that must not come up, and returns what it says.
func startFails(t *testing.T, dir string) string {
	t.Helper()
	r := e2e.RunCommand(e2e.Command(t, []string{"TEMPSKV_ADMIN_KEY=" + e2e.AdminKey}, "serve", "--addr", "127.0.0.1:0", "--data", dir))
	if r.Code != 1 || r.Stdout != "" {
		t.Fatalf("it came up: %+v", r)
	}
	return r.Stderr
}

// TestDamagedControlData damages the control data next to keys. No server begins again over them.
func TestDamagedControlData(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		damage func(t *testing.T, s *e2e.Server)
		text   string
	}{
		"missing": {func(t *testing.T, s *e2e.Server) { remove(t, s.Path("control.db"), s.Path("control.db-wal")) }, "is gone"},
		"missing, with all that belongs to it": {func(t *testing.T, s *e2e.Server) {
			paths, _ := filepath.Glob(s.Path("control.db*"))
			remove(t, paths...)
		}, "is gone"},
		"empty": {func(t *testing.T, s *e2e.Server) {
			change(t, s.Path("control.db"), func([]byte) []byte { return nil })
		}, "is gone"},
		"cut off": {func(t *testing.T, s *e2e.Server) {
			change(t, s.Path("control.db"), func(text []byte) []byte { return text[:len(text)/8192*4096] })
			remove(t, s.Path("control.db-wal"))
		}, "control.db"},
		"garbage": {func(t *testing.T, s *e2e.Server) {
			change(t, s.Path("control.db"), func(text []byte) []byte { return bytes.Repeat([]byte("garbage!"), len(text)/8+1) })
		}, "is damaged"},
		"a damaged page": {func(t *testing.T, s *e2e.Server) {
			s = s.Restart()
			s.Terminate() // all is in the file
			change(t, s.Path("control.db"), func(text []byte) []byte {
				for at := 4096; at+4096 <= len(text); at += 4096 {
					copy(text[at:], "garbage garbage garbage")
				}
				return text
			})
		}, "is damaged"},
		"without its log": {func(t *testing.T, s *e2e.Server) {
			remove(t, s.Path("control.db-wal"), s.Path("control.db-shm"))
		}, "control.db"},
		"with a damaged log": {func(t *testing.T, s *e2e.Server) {
			change(t, s.Path("control.db-wal"), flip(func(int) int { return 5000 }))
		}, "control.db"},
		"an older copy": {func(t *testing.T, s *e2e.Server) {
			copyTo(t, filepath.Join(filepath.Dir(s.Dir), "older"), s.Path("control.db"))
			remove(t, s.Path("control.db-wal"), s.Path("control.db-shm"))
		}, "has lost changes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, token, b := keepOlder(t, "control.db", "k")
			s.CreateProject("later")
			s.Kill()
			tt.damage(t, s)
			doctorFinds(t, s.Dir, tt.text)
			said := startFails(t, s.Dir)
			if !strings.Contains(said, tt.text) || !strings.Contains(said, "--backup-to '"+s.Path("backups")+"'") {
				t.Errorf("it says %s", said)
			}
			if again := startFails(t, s.Dir); !strings.Contains(again, "control.db") {
				t.Errorf("at the second start it says %s", again)
			}

			// As it says: a new directory, and the backup.
			next := e2e.Serve(t, filepath.Join(t.TempDir(), "data"), "--backup-to", s.Path("backups"))
			next.Enable(e2e.Object{"engine": "embedded"})
			next.Run("backup", "restore", b.ID)
			holdsMany(t, next.As(token), "k")
		})
	}
}

// TestControlDataWithoutAnEngine puts back control data of before the first enable, without the count of their commits: no
// server begins over the keys, unless its operator says so.
func TestControlDataWithoutAnEngine(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, filepath.Join(t.TempDir(), "data"))
	s.Terminate()
	older := filepath.Join(t.TempDir(), "control.db")
	copyTo(t, s.Path("control.db"), older)
	s = s.Restart()
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	setMany(t, s.As(token), "k")
	s.Kill()
	remove(t, s.Path("control.db-wal"), s.Path("control.db-shm"), s.Path("control.db-commits"))
	copyTo(t, older, s.Path("control.db"))
	doctorFinds(t, s.Dir, "never had an engine")
	if said := startFails(t, s.Dir); !strings.Contains(said, "never had an engine") || !strings.Contains(said, "control.db.accept-loss") {
		t.Errorf("it says %s", said)
	}
	if err := os.WriteFile(s.Path("control.db.accept-loss"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s = s.Restart()
	s.As(token).ExpectProblem(t, "get", e2e.Object{"key": "k1"}, http.StatusUnauthorized, "unauthorized")
}

// TestOlderControlData puts back all of the control data as they were before: the keys know of later ones.
func TestOlderControlData(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	setMany(t, s.As(token), "k")
	s.Terminate()
	older := t.TempDir()
	for _, name := range []string{"control.db", "control.db-commits"} {
		copyTo(t, s.Path(name), filepath.Join(older, name))
	}
	s = s.Restart()
	s.AwaitHealthy()
	s.CreateProject("later")
	setMany(t, s.As(token), "more")
	s.Terminate()
	for _, name := range []string{"control.db", "control.db-commits"} {
		copyTo(t, filepath.Join(older, name), s.Path(name))
	}
	doctorFinds(t, s.Dir, "control data are older")
	s = s.Restart()
	awaitUnhealthy(s, "control data are older")
	s.As(token).ExpectProblem(t, "get", e2e.Object{"key": "k1"}, http.StatusServiceUnavailable, "kv_unavailable")
	if err := os.WriteFile(s.Path("data.db.accept-loss"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.AwaitHealthy()
	holdsMany(t, s.As(token), "more")
}

// TestControlFileTakenAway removes the control data under a server: it changes nothing any more, and says so.
func TestControlFileTakenAway(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	if err := os.Rename(s.Path("control.db"), s.Path("elsewhere")); err != nil {
		t.Fatal(err)
	}
	if r := s.Admin().Do(t, http.MethodPost, "/api/projects", e2e.Object{"name": "lost"}); r.Status != http.StatusServiceUnavailable {
		t.Errorf("a change: %s", r)
	}
	e2e.Eventually(t, "a warning", func() string {
		if w := s.Warned(); !w.Warns("file_misplaced") {
			return fmt.Sprintf("%+v", w)
		}
		return ""
	})
	if err := os.Rename(s.Path("elsewhere"), s.Path("control.db")); err != nil {
		t.Fatal(err)
	}
	s.CreateProject("kept")
	if w := s.Warned(); w.Warns("file_misplaced") {
		t.Errorf("%+v", w)
	}
	s.Kill()
	if n := strings.Count(s.Log.String(), `"level":"ERROR","msg":"audit log"`); n != 1 {
		t.Errorf("%d entries of the audit log are logged as lost, want 1", n)
	}
	s.Log.Reset()
}
