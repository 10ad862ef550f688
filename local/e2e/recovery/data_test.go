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

// awaitUnhealthy waits until the status is not healthy any more, and warns of the text.
func awaitUnhealthy(s *e2e.Server, text string) {
	s.T.Helper()
	e2e.Eventually(s.T, "an unhealthy service that warns of "+text, func() string {
		if w := s.Warned(); w.Healthy || !w.Warns(text) {
			return fmt.Sprintf("%+v", w)
		}
		return ""
	})
}

// doctorFinds runs doctor on the data directory, and expects it to find a problem with a line that contains the text.
func doctorFinds(t *testing.T, dir, text string) string {
	t.Helper()
	r := e2e.RunCommand(e2e.Command(t, nil, "doctor", "--data", dir, "--addr", "127.0.0.1:0"))
	found := false
	for line := range strings.Lines(r.Stdout) {
		found = found || strings.HasPrefix(line, "PROBLEM") && strings.Contains(line, text)
	}
	if r.Code != 1 || !found {
		t.Errorf("doctor does not find %q: %+v", text, r)
	}
	return r.Stdout
}

// change writes to a file what f makes of its content.
func change(t *testing.T, path string, f func([]byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, f(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flip(at func(size int) int) func([]byte) []byte {
	return func(text []byte) []byte {
		text[at(len(text))] ^= 0xff
		return text
	}
}

const sixtyKeys = 60

func setMany(t *testing.T, c e2e.Caller, prefix string) {
	t.Helper()
	for i := range sixtyKeys {
		c.Expect(t, "set", e2e.Object{"key": fmt.Sprint(prefix, i), "value": i}, `{"result":"OK"}`)
	}
}

// holdsMany fails the test unless the first keys are there.
func holdsMany(t *testing.T, c e2e.Caller, prefix string) {
	t.Helper()
	for i := range sixtyKeys {
		c.Expect(t, "get", e2e.Object{"key": fmt.Sprint(prefix, i)}, fmt.Sprintf(`{"value":%d}`, i))
	}
}

// keepOlder returns a server with many keys and a backup of them. Next to its data directory is an older copy of the file.
func keepOlder(t *testing.T, file, keys string) (s *e2e.Server, token string, b e2e.Backup) {
	t.Helper()
	s = e2e.Serve(t, filepath.Join(t.TempDir(), "data"))
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token = s.CreateProject("p")
	setMany(t, s.As(token), keys)
	s.Terminate()
	copyTo(t, s.Path(file), filepath.Join(filepath.Dir(s.Dir), "older"))
	s = s.Restart()
	s.AwaitHealthy()
	return s, token, s.CreateBackup()
}

// restartHoldsMany kills the server, and fails the test unless the next one holds the keys.
func restartHoldsMany(t *testing.T, s *e2e.Server, token, keys string) {
	t.Helper()
	s.Kill()
	s = s.Restart()
	s.AwaitHealthy()
	holdsMany(t, s.As(token), keys)
}

// TestDamagedData damages the file of the keys, or its log, after a crash. It is found before anything is served, by doctor
// and by the next start, and a backup takes its place.
func TestDamagedData(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		damage func(t *testing.T, s *e2e.Server)
		text   string
	}{
		"a flipped byte in the log": {func(t *testing.T, s *e2e.Server) {
			change(t, s.Path("data.db-wal"), flip(func(size int) int { return size / 2 }))
		}, "has lost writes"},
		"a flipped byte in its header": {func(t *testing.T, s *e2e.Server) {
			change(t, s.Path("data.db-wal"), flip(func(int) int { return 17 }))
		}, "data.db"},
		"a log cut off": {func(t *testing.T, s *e2e.Server) {
			change(t, s.Path("data.db-wal"), func(text []byte) []byte { return text[:len(text)/2] })
		}, "has lost writes"},
		"no log": {func(t *testing.T, s *e2e.Server) {
			remove(t, s.Path("data.db-wal"), s.Path("data.db-shm"))
		}, "data.db"},
		"garbage from the middle of the log on": {func(t *testing.T, s *e2e.Server) {
			change(t, s.Path("data.db-wal"), func(text []byte) []byte {
				return append(text[:len(text)/2], bytes.Repeat([]byte("garbage!"), len(text)/16)...)
			})
		}, "has lost writes"},
		"no file": {func(t *testing.T, s *e2e.Server) {
			remove(t, s.Path("data.db"), s.Path("data.db-wal"))
		}, "data.db is gone"},
		"no file, with the log": {func(t *testing.T, s *e2e.Server) { remove(t, s.Path("data.db")) }, "data.db is gone"},
		"an empty file": {func(t *testing.T, s *e2e.Server) {
			change(t, s.Path("data.db"), func([]byte) []byte { return nil })
		}, "data.db is gone"},
		"no database": {func(t *testing.T, s *e2e.Server) {
			change(t, s.Path("data.db"), func(text []byte) []byte { return bytes.Repeat([]byte("garbage!"), len(text)/8+1) })
			remove(t, s.Path("data.db-wal"))
		}, "is damaged"},
		"an older copy": {func(t *testing.T, s *e2e.Server) {
			copyTo(t, filepath.Join(filepath.Dir(s.Dir), "older"), s.Path("data.db"))
			remove(t, s.Path("data.db-wal"), s.Path("data.db-shm"), s.Path("data.db-commits"))
		}, "has lost writes"},
		"another's": {func(t *testing.T, s *e2e.Server) {
			other := e2e.Serve(t, t.TempDir())
			other.Enable(e2e.Object{"engine": "embedded"})
			_, token := other.CreateProject("other")
			setMany(t, other.As(token), "other")
			other.Terminate()
			copyTo(t, other.Path("data.db"), s.Path("data.db"))
			remove(t, s.Path("data.db-wal"), s.Path("data.db-shm"))
		}, "keys of another tempskv"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, token, b := keepOlder(t, "data.db", "before")
			setMany(t, s.As(token), "after")
			s.Kill()
			tt.damage(t, s)

			found := doctorFinds(t, s.Dir, tt.text)
			if !strings.Contains(found, "tempskv backup restore "+b.ID+" --replace") {
				t.Errorf("doctor does not say what to type: %s", found)
			}
			s = s.Restart()
			awaitUnhealthy(s, tt.text)
			s.As(token).ExpectProblem(t, "get", e2e.Object{"key": "before1"}, http.StatusServiceUnavailable, "kv_unavailable")
			doctorFinds(t, s.Dir, tt.text)
			if !strings.Contains(s.Run("backup", "restore", b.ID, "--replace", "--yes"), "Restored 60 keys") {
				t.Error("the restore does not say what it did")
			}
			s.AwaitHealthy()
			holdsMany(t, s.As(token), "before")
			setMany(t, s.As(token), "later")
			kept, _ := filepath.Glob(s.Path("data.db*.aside-*"))
			if _, err := os.Stat(s.Path("data.db")); err != nil || len(kept) == 0 && !strings.Contains(tt.text, "is gone") {
				t.Errorf("kept aside: %q, %v", kept, err)
			}
			restartHoldsMany(t, s, token, "later")
		})
	}
}

// TestWhatIsLeftIsAccepted continues with what a damaged log left, as the error says.
func TestWhatIsLeftIsAccepted(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	setMany(t, s.As(token), "k")
	s.Kill()
	change(t, s.Path("data.db-wal"), func(text []byte) []byte { return text[:len(text)/2] })
	s = s.Restart()
	awaitUnhealthy(s, "touch '"+s.Path("data.db.accept-loss")+"'")
	if err := os.WriteFile(s.Path("data.db.accept-loss"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.AwaitHealthy()
	s.As(token).Expect(t, "get", e2e.Object{"key": "k0"}, `{"value":0}`)
	if _, err := os.Stat(s.Path("data.db.accept-loss")); err == nil {
		t.Error("it is accepted for ever")
	}
	setMany(t, s.As(token), "later")
	restartHoldsMany(t, s, token, "later")
}

// TestGarbageBehindTheLastCommit loses nothing, and is reported all the same.
func TestGarbageBehindTheLastCommit(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	setMany(t, s.As(token), "k")
	s.Kill()
	change(t, s.Path("data.db-wal"), func(text []byte) []byte { return append(text, bytes.Repeat([]byte("garbage!"), 2000)...) })
	doctorFinds(t, s.Dir, "did not write")
	s = s.Restart()
	s.AwaitHealthy()
	if !s.Warned().Warns("log_damaged") {
		t.Errorf("%+v", s.Warned())
	}
	doctorFinds(t, s.Dir, "did not write")
	holdsMany(t, s.As(token), "k")
	s.Terminate()
	s = s.Restart()
	s.AwaitHealthy()
	if s.Warned().Warns("log_damaged") {
		t.Errorf("afterwards: %+v", s.Warned())
	}
}

// truncate leaves nothing of a file.
func truncate(t *testing.T, name string) {
	t.Helper()
	if err := os.Truncate(name, 0); err != nil {
		t.Fatal(err)
	}
}

// TestFileTakenAway removes, cuts, replaces or moves the file under a server. Nothing is acknowledged then, and all is well once
// it is back.
func TestFileTakenAway(t *testing.T) {
	t.Parallel()
	rename := func(t *testing.T, from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		away, back func(t *testing.T, s *e2e.Server)
	}{
		"renamed": {
			func(t *testing.T, s *e2e.Server) { rename(t, s.Path("data.db"), s.Path("elsewhere")) },
			func(t *testing.T, s *e2e.Server) { rename(t, s.Path("elsewhere"), s.Path("data.db")) },
		},
		"replaced": {
			func(t *testing.T, s *e2e.Server) {
				rename(t, s.Path("data.db"), s.Path("elsewhere"))
				copyTo(t, s.Path("elsewhere"), s.Path("data.db"))
			},
			func(t *testing.T, s *e2e.Server) { rename(t, s.Path("elsewhere"), s.Path("data.db")) },
		},
		"the log": {
			func(t *testing.T, s *e2e.Server) { rename(t, s.Path("data.db-wal"), s.Path("elsewhere")) },
			func(t *testing.T, s *e2e.Server) { rename(t, s.Path("elsewhere"), s.Path("data.db-wal")) },
		},
		"the directory": {
			func(t *testing.T, s *e2e.Server) { rename(t, s.Dir, s.Dir+"-moved") },
			func(t *testing.T, s *e2e.Server) { rename(t, s.Dir+"-moved", s.Dir) },
		},
		"the log removed, and brought back by a backup": {
			func(t *testing.T, s *e2e.Server) { remove(t, s.Path("data.db-wal")) },
			func(t *testing.T, s *e2e.Server) {
				b := s.CreateBackup()
				s.Run("backup", "restore", b.ID, "--replace", "--yes")
			},
		},
		"cut, and brought back by a backup": {
			func(t *testing.T, s *e2e.Server) { truncate(t, s.Path("data.db")) },
			func(t *testing.T, s *e2e.Server) {
				s.Run("backup", "restore", s.Backups()[0].ID, "--replace", "--yes")
			},
		},
		"the log cut, and brought back by a backup": {
			func(t *testing.T, s *e2e.Server) { truncate(t, s.Path("data.db-wal")) },
			func(t *testing.T, s *e2e.Server) {
				s.Run("backup", "restore", s.Backups()[0].ID, "--replace", "--yes")
			},
		},
		"removed, and brought back by a backup": {
			func(t *testing.T, s *e2e.Server) { remove(t, s.Path("data.db")) },
			func(t *testing.T, s *e2e.Server) {
				b := s.CreateBackup()
				s.Run("backup", "restore", b.ID, "--replace", "--yes")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := e2e.Serve(t, filepath.Join(t.TempDir(), "data"))
			s.Enable(e2e.Object{"engine": "embedded"})
			_, token := s.CreateProject("p")
			c := s.As(token)
			setMany(t, c, "k")
			s.CreateBackup()
			tt.away(t, s)
			c.ExpectProblem(t, "set", e2e.Object{"key": "lost", "value": 1}, http.StatusServiceUnavailable, "kv_unavailable")
			awaitUnhealthy(s, "while it is in use")
			if !s.Warned().Warns("tempskv backup restore ID --replace") {
				t.Errorf("no warning says what to type: %+v", s.Warned())
			}
			c.ExpectProblem(t, "get", e2e.Object{"key": "k1"}, http.StatusServiceUnavailable, "kv_unavailable")
			tt.back(t, s)
			s.AwaitHealthy()
			holdsMany(t, c, "k")
			setMany(t, c, "later")
			s.Kill()
			s = s.Restart()
			s.AwaitHealthy()
			holdsMany(t, s.As(token), "k")
			holdsMany(t, s.As(token), "later")
		})
	}
}
