// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// warned is what a status warns of.
type warned struct {
	Enabled, Healthy bool
	Message          string
	Warnings         []struct{ Code, Detail string }
}

func (s *server) warned() (w warned) {
	s.t.Helper()
	s.admin().must(s.t, http.MethodGet, "/api/kv/status", nil, &w)
	return w
}

// warns reports whether the status has a warning of that code, or of any whose detail holds the text.
func (w warned) warns(text string) bool {
	return slices.ContainsFunc(w.Warnings, func(one struct{ Code, Detail string }) bool {
		return one.Code == text || strings.Contains(one.Detail, text)
	})
}

// awaitUnhealthy waits until the status is not healthy any more, and warns of the text.
func (s *server) awaitUnhealthy(text string) {
	s.t.Helper()
	eventually(s.t, "an unhealthy service that warns of "+text, func() string {
		if w := s.warned(); w.Healthy || !w.warns(text) {
			return fmt.Sprintf("%+v", w)
		}
		return ""
	})
}

// doctorFinds runs doctor on the data directory, which has to find a problem whose line holds the text.
func doctorFinds(t *testing.T, dir, text string) string {
	t.Helper()
	r := runCommand(command(t, nil, "doctor", "--data", dir, "--addr", "127.0.0.1:0"))
	found := false
	for line := range strings.Lines(r.stdout) {
		found = found || strings.HasPrefix(line, "PROBLEM") && strings.Contains(line, text)
	}
	if r.code != 1 || !found {
		t.Errorf("doctor does not find %q: %+v", text, r)
	}
	return r.stdout
}

// file is a path in the data directory.
func (s *server) file(name string) string { return filepath.Join(s.dir, name) }

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

func setMany(t *testing.T, c caller, prefix string) {
	t.Helper()
	for i := range sixtyKeys {
		c.wants(t, "set", object{"key": fmt.Sprint(prefix, i), "value": i}, `{"result":"OK"}`)
	}
}

// holdsMany fails the test unless the first keys are there.
func holdsMany(t *testing.T, c caller, prefix string) {
	t.Helper()
	for i := range sixtyKeys {
		c.wants(t, "get", object{"key": fmt.Sprint(prefix, i)}, fmt.Sprintf(`{"value":%d}`, i))
	}
}

// TestDamagedData damages the file of the keys, or its log, after a crash. It is found before anything is served, by doctor
// and by the next start, and a backup takes its place.
func TestDamagedData(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		damage func(t *testing.T, s *server)
		text   string
	}{
		"a flipped byte in the log": {func(t *testing.T, s *server) {
			change(t, s.file("data.db-wal"), flip(func(size int) int { return size / 2 }))
		}, "has lost writes"},
		"a flipped byte in its header": {func(t *testing.T, s *server) {
			change(t, s.file("data.db-wal"), flip(func(int) int { return 17 }))
		}, "data.db"},
		"a log cut off": {func(t *testing.T, s *server) {
			change(t, s.file("data.db-wal"), func(text []byte) []byte { return text[:len(text)/2] })
		}, "has lost writes"},
		"no log": {func(t *testing.T, s *server) {
			remove(t, s.file("data.db-wal"), s.file("data.db-shm"))
		}, "data.db"},
		"garbage from the middle of the log on": {func(t *testing.T, s *server) {
			change(t, s.file("data.db-wal"), func(text []byte) []byte {
				return append(text[:len(text)/2], bytes.Repeat([]byte("garbage!"), len(text)/16)...)
			})
		}, "has lost writes"},
		"no file": {func(t *testing.T, s *server) {
			remove(t, s.file("data.db"), s.file("data.db-wal"))
		}, "data.db is gone"},
		"no file, with the log": {func(t *testing.T, s *server) { remove(t, s.file("data.db")) }, "data.db is gone"},
		"an empty file": {func(t *testing.T, s *server) {
			change(t, s.file("data.db"), func([]byte) []byte { return nil })
		}, "data.db is gone"},
		"no database": {func(t *testing.T, s *server) {
			change(t, s.file("data.db"), func(text []byte) []byte { return bytes.Repeat([]byte("garbage!"), len(text)/8+1) })
			remove(t, s.file("data.db-wal"))
		}, "is damaged"},
		"an older copy": {func(t *testing.T, s *server) {
			copyTo(t, filepath.Join(filepath.Dir(s.dir), "older"), s.file("data.db"))
			remove(t, s.file("data.db-wal"), s.file("data.db-shm"), s.file("data.db-commits"))
		}, "has lost writes"},
		"another's": {func(t *testing.T, s *server) {
			other := serve(t, t.TempDir())
			other.enable(object{"engine": "embedded"})
			_, token := other.project("other")
			setMany(t, other.as(token), "other")
			other.terminate()
			copyTo(t, other.file("data.db"), s.file("data.db"))
			remove(t, s.file("data.db-wal"), s.file("data.db-shm"))
		}, "keys of another tempskv"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, filepath.Join(t.TempDir(), "data"))
			s.enable(object{"engine": "embedded"})
			_, token := s.project("p")
			setMany(t, s.as(token), "before")
			s.terminate()
			copyTo(t, s.file("data.db"), filepath.Join(filepath.Dir(s.dir), "older"))
			s = s.again()
			s.awaitHealthy()
			b := s.backUp()
			setMany(t, s.as(token), "after")
			s.kill()
			tt.damage(t, s)

			found := doctorFinds(t, s.dir, tt.text)
			if !strings.Contains(found, "tempskv backup restore "+b.ID+" --replace") {
				t.Errorf("doctor does not say what to type: %s", found)
			}
			s = s.again()
			s.awaitUnhealthy(tt.text)
			s.as(token).refused(t, "get", object{"key": "before1"}, http.StatusServiceUnavailable, "kv_unavailable")
			doctorFinds(t, s.dir, tt.text)
			if !strings.Contains(s.types("backup", "restore", b.ID, "--replace", "--yes"), "Restored 60 keys") {
				t.Error("the restore does not tell what it did")
			}
			s.awaitHealthy()
			holdsMany(t, s.as(token), "before")
			setMany(t, s.as(token), "later")
			kept, _ := filepath.Glob(s.file("data.db*.aside-*"))
			if _, err := os.Stat(s.file("data.db")); err != nil || len(kept) == 0 && !strings.Contains(tt.text, "is gone") {
				t.Errorf("kept aside: %q, %v", kept, err)
			}
			s.kill()
			s = s.again()
			s.awaitHealthy()
			holdsMany(t, s.as(token), "later")
		})
	}
}

// TestWhatIsLeftIsAccepted goes on with what a damaged log left, as the refusal says.
func TestWhatIsLeftIsAccepted(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "embedded"})
	_, token := s.project("p")
	setMany(t, s.as(token), "k")
	s.kill()
	change(t, s.file("data.db-wal"), func(text []byte) []byte { return text[:len(text)/2] })
	s = s.again()
	s.awaitUnhealthy("touch '" + s.file("data.db.accept-loss") + "'")
	if err := os.WriteFile(s.file("data.db.accept-loss"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.awaitHealthy()
	s.as(token).wants(t, "get", object{"key": "k0"}, `{"value":0}`)
	if _, err := os.Stat(s.file("data.db.accept-loss")); err == nil {
		t.Error("it is accepted for ever")
	}
	setMany(t, s.as(token), "later")
	s.kill()
	s = s.again()
	s.awaitHealthy()
	holdsMany(t, s.as(token), "later")
}

// TestGarbageBehindTheLastCommit loses nothing, and is told all the same.
func TestGarbageBehindTheLastCommit(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "embedded"})
	_, token := s.project("p")
	setMany(t, s.as(token), "k")
	s.kill()
	change(t, s.file("data.db-wal"), func(text []byte) []byte { return append(text, bytes.Repeat([]byte("garbage!"), 2000)...) })
	doctorFinds(t, s.dir, "did not write")
	s = s.again()
	s.awaitHealthy()
	if !s.warned().warns("log_damaged") {
		t.Errorf("%+v", s.warned())
	}
	doctorFinds(t, s.dir, "did not write")
	holdsMany(t, s.as(token), "k")
	s.terminate()
	s = s.again()
	s.awaitHealthy()
	if s.warned().warns("log_damaged") {
		t.Errorf("afterwards: %+v", s.warned())
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
	for name, tt := range map[string]struct{ away, back func(t *testing.T, s *server) }{
		"renamed": {
			func(t *testing.T, s *server) { rename(t, s.file("data.db"), s.file("elsewhere")) },
			func(t *testing.T, s *server) { rename(t, s.file("elsewhere"), s.file("data.db")) },
		},
		"replaced": {
			func(t *testing.T, s *server) {
				rename(t, s.file("data.db"), s.file("elsewhere"))
				copyTo(t, s.file("elsewhere"), s.file("data.db"))
			},
			func(t *testing.T, s *server) { rename(t, s.file("elsewhere"), s.file("data.db")) },
		},
		"the log": {
			func(t *testing.T, s *server) { rename(t, s.file("data.db-wal"), s.file("elsewhere")) },
			func(t *testing.T, s *server) { rename(t, s.file("elsewhere"), s.file("data.db-wal")) },
		},
		"the directory": {
			func(t *testing.T, s *server) { rename(t, s.dir, s.dir+"-moved") },
			func(t *testing.T, s *server) { rename(t, s.dir+"-moved", s.dir) },
		},
		"the log removed, and brought back by a backup": {
			func(t *testing.T, s *server) { remove(t, s.file("data.db-wal")) },
			func(t *testing.T, s *server) {
				b := s.backUp()
				s.types("backup", "restore", b.ID, "--replace", "--yes")
			},
		},
		"cut, and brought back by a backup": {
			func(t *testing.T, s *server) { truncate(t, s.file("data.db")) },
			func(t *testing.T, s *server) {
				s.types("backup", "restore", s.backups()[0].ID, "--replace", "--yes")
			},
		},
		"the log cut, and brought back by a backup": {
			func(t *testing.T, s *server) { truncate(t, s.file("data.db-wal")) },
			func(t *testing.T, s *server) {
				s.types("backup", "restore", s.backups()[0].ID, "--replace", "--yes")
			},
		},
		"removed, and brought back by a backup": {
			func(t *testing.T, s *server) { remove(t, s.file("data.db")) },
			func(t *testing.T, s *server) {
				b := s.backUp()
				s.types("backup", "restore", b.ID, "--replace", "--yes")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, filepath.Join(t.TempDir(), "data"))
			s.enable(object{"engine": "embedded"})
			_, token := s.project("p")
			c := s.as(token)
			setMany(t, c, "k")
			s.backUp()
			tt.away(t, s)
			c.refused(t, "set", object{"key": "lost", "value": 1}, http.StatusServiceUnavailable, "kv_unavailable")
			s.awaitUnhealthy("while it is in use")
			if !s.warned().warns("tempskv backup restore ID --replace") {
				t.Errorf("it is not said what to type: %+v", s.warned())
			}
			c.refused(t, "get", object{"key": "k1"}, http.StatusServiceUnavailable, "kv_unavailable")
			tt.back(t, s)
			s.awaitHealthy()
			holdsMany(t, c, "k")
			setMany(t, c, "later")
			s.kill()
			s = s.again()
			s.awaitHealthy()
			holdsMany(t, s.as(token), "k")
			holdsMany(t, s.as(token), "later")
		})
	}
}
