// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// startFails starts a server that must not come up, and returns what it says.
func startFails(t *testing.T, dir string) string {
	t.Helper()
	r := runCommand(command(t, []string{"TEMPSKV_ADMIN_KEY=" + adminKey}, "serve", "--addr", "127.0.0.1:0", "--data", dir))
	if r.code != 1 || r.stdout != "" {
		t.Fatalf("it came up: %+v", r)
	}
	return r.stderr
}

// TestDamagedControlData damages the control data next to keys. No server begins again over them.
func TestDamagedControlData(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		damage func(t *testing.T, s *server)
		text   string
	}{
		"missing": {func(t *testing.T, s *server) { remove(t, s.file("control.db"), s.file("control.db-wal")) }, "is gone"},
		"missing, with all that belongs to it": {func(t *testing.T, s *server) {
			paths, _ := filepath.Glob(s.file("control.db*"))
			remove(t, paths...)
		}, "is gone"},
		"empty": {func(t *testing.T, s *server) {
			change(t, s.file("control.db"), func([]byte) []byte { return nil })
		}, "is gone"},
		"cut off": {func(t *testing.T, s *server) {
			change(t, s.file("control.db"), func(text []byte) []byte { return text[:len(text)/8192*4096] })
			remove(t, s.file("control.db-wal"))
		}, "control.db"},
		"garbage": {func(t *testing.T, s *server) {
			change(t, s.file("control.db"), func(text []byte) []byte { return bytes.Repeat([]byte("garbage!"), len(text)/8+1) })
		}, "is damaged"},
		"a damaged page": {func(t *testing.T, s *server) {
			s = s.again()
			s.terminate() // all is in the file
			change(t, s.file("control.db"), func(text []byte) []byte {
				for at := 4096; at+4096 <= len(text); at += 4096 {
					copy(text[at:], "garbage garbage garbage")
				}
				return text
			})
		}, "is damaged"},
		"without its log": {func(t *testing.T, s *server) {
			remove(t, s.file("control.db-wal"), s.file("control.db-shm"))
		}, "control.db"},
		"with a damaged log": {func(t *testing.T, s *server) {
			change(t, s.file("control.db-wal"), flip(func(int) int { return 5000 }))
		}, "control.db"},
		"an older copy": {func(t *testing.T, s *server) {
			copyTo(t, filepath.Join(filepath.Dir(s.dir), "older"), s.file("control.db"))
			remove(t, s.file("control.db-wal"), s.file("control.db-shm"))
		}, "has lost changes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, filepath.Join(t.TempDir(), "data"))
			s.enable(object{"engine": "embedded"})
			_, token := s.project("p")
			setMany(t, s.as(token), "k")
			s.terminate()
			copyTo(t, s.file("control.db"), filepath.Join(filepath.Dir(s.dir), "older"))
			s = s.again()
			s.awaitHealthy()
			b := s.backUp()
			s.project("later")
			s.kill()
			tt.damage(t, s)
			doctorFinds(t, s.dir, tt.text)
			said := startFails(t, s.dir)
			if !strings.Contains(said, tt.text) || !strings.Contains(said, "--backup-to '"+s.file("backups")+"'") {
				t.Errorf("it says %s", said)
			}
			if again := startFails(t, s.dir); !strings.Contains(again, "control.db") {
				t.Errorf("at the second start it says %s", again)
			}

			// As it says: a new directory, and the backup.
			next := serve(t, filepath.Join(t.TempDir(), "data"), "--backup-to", s.file("backups"))
			next.enable(object{"engine": "embedded"})
			next.types("backup", "restore", b.ID)
			holdsMany(t, next.as(token), "k")
		})
	}
}

// TestControlDataWithoutAnEngine puts back control data of before the first enable, without the count of their commits: no
// server begins over the keys, unless its operator says so.
func TestControlDataWithoutAnEngine(t *testing.T) {
	t.Parallel()
	s := serve(t, filepath.Join(t.TempDir(), "data"))
	s.terminate()
	older := filepath.Join(t.TempDir(), "control.db")
	copyTo(t, s.file("control.db"), older)
	s = s.again()
	s.enable(object{"engine": "embedded"})
	_, token := s.project("p")
	setMany(t, s.as(token), "k")
	s.kill()
	remove(t, s.file("control.db-wal"), s.file("control.db-shm"), s.file("control.db-commits"))
	copyTo(t, older, s.file("control.db"))
	doctorFinds(t, s.dir, "never had an engine")
	if said := startFails(t, s.dir); !strings.Contains(said, "never had an engine") || !strings.Contains(said, "control.db.accept-loss") {
		t.Errorf("it says %s", said)
	}
	if err := os.WriteFile(s.file("control.db.accept-loss"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s = s.again()
	s.as(token).refused(t, "get", object{"key": "k1"}, http.StatusUnauthorized, "unauthorized")
}

// TestOlderControlData puts back all of the control data as they were before: the keys know of later ones.
func TestOlderControlData(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "embedded"})
	_, token := s.project("p")
	setMany(t, s.as(token), "k")
	s.terminate()
	older := t.TempDir()
	for _, name := range []string{"control.db", "control.db-commits"} {
		copyTo(t, s.file(name), filepath.Join(older, name))
	}
	s = s.again()
	s.awaitHealthy()
	s.project("later")
	setMany(t, s.as(token), "more")
	s.terminate()
	for _, name := range []string{"control.db", "control.db-commits"} {
		copyTo(t, filepath.Join(older, name), s.file(name))
	}
	doctorFinds(t, s.dir, "control data are older")
	s = s.again()
	s.awaitUnhealthy("control data are older")
	s.as(token).refused(t, "get", object{"key": "k1"}, http.StatusServiceUnavailable, "kv_unavailable")
	if err := os.WriteFile(s.file("data.db.accept-loss"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.awaitHealthy()
	holdsMany(t, s.as(token), "more")
}

// TestControlFileTakenAway removes the control data under a server: it changes nothing any more, and says so.
func TestControlFileTakenAway(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "embedded"})
	if err := os.Rename(s.file("control.db"), s.file("elsewhere")); err != nil {
		t.Fatal(err)
	}
	if r := s.admin().do(t, http.MethodPost, "/api/projects", object{"name": "lost"}); r.status != http.StatusServiceUnavailable {
		t.Errorf("a change: %s", r)
	}
	eventually(t, "a warning", func() string {
		if w := s.warned(); !w.warns("file_misplaced") {
			return fmt.Sprintf("%+v", w)
		}
		return ""
	})
	if err := os.Rename(s.file("elsewhere"), s.file("control.db")); err != nil {
		t.Fatal(err)
	}
	s.project("kept")
	if w := s.warned(); w.warns("file_misplaced") {
		t.Errorf("%+v", w)
	}
	s.kill()
	if n := strings.Count(s.log.String(), `"level":"ERROR","msg":"audit log"`); n != 1 {
		t.Errorf("%d entries of the audit log are logged as lost, want 1", n)
	}
	s.log.Reset()
}
