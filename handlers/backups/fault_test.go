// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/dir"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// failing are files of which one cannot be opened when its turn comes.
type failing struct {
	archive.Files
	name string
	left int // times that it still can be
	err  error
}

func (f *failing) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if name == f.name {
		if f.left--; f.left < 0 {
			return nil, f.err
		}
	}
	return f.Files.Open(ctx, name)
}

// TestRestoreEndsHalfWay lets a restore into a store in use fail once the keys that were there are gone. They come back.
func TestRestoreEndsHalfWay(t *testing.T) {
	t.Parallel()
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			kept := t.TempDir()
			files := &failing{Files: dir.New(kept), err: kv.Refuse(kv.ErrUnavailable, "the disk is on fire")}
			w := newWorldWith(t, engine, files, kept)
			was, later := map[kv.Key]string{"a": `1`}, map[kv.Key]string{"a": `3`, "b": `4`}
			one := w.project("one", was)
			m := w.create(one)
			w.set(one, later)
			files.name, files.left = m.ID+".ndjson.gz", 1 // it is read to be looked at, and then to be restored
			_, err := w.Restore(t.Context(), m.ID, backups.RestoreOptions{Replace: true})
			refusal, ok := errors.AsType[*kv.Refusal](err)
			if !ok || !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(refusal.Detail, "the disk is on fire") {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(refusal.Detail, "the previous keys are back") {
				t.Errorf("got %q", refusal.Detail)
			}
			if diff := cmp.Diff(w.keys(one), later); diff != "" {
				t.Errorf("what was replaced: %s", diff)
			}
			w.served(one, nil)
			files.left = 10
			w.restore(m.ID, backups.RestoreOptions{Replace: true})
			if diff := cmp.Diff(w.keys(one), was); diff != "" {
				t.Errorf("what was to be restored: %s", diff)
			}
		})
	}
}

// TestRestoreOfADeletedProject is refused as long as the keys of that are being deleted, and changes nothing.
func TestRestoreOfADeletedProject(t *testing.T) {
	t.Parallel()
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, engine, t.TempDir())
			one, two := w.project("one", map[kv.Key]string{"a": `1`}), w.project("two", map[kv.Key]string{"a": `2`})
			m := w.create(0)
			later := map[kv.Key]string{"a": `3`}
			w.set(one, later)
			if err := w.control.DeleteProject(t.Context(), two); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Restore(t.Context(), m.ID, backups.RestoreOptions{Replace: true}); !errors.Is(err, kv.ErrConflict) {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(w.keys(one), later); diff != "" {
				t.Errorf("another project: %s", diff)
			}
		})
	}
}

// TestRemovedMeanwhile lists backups of which one goes in between.
func TestRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	kept := t.TempDir()
	files := &failing{Files: dir.New(kept), err: kv.ErrBackupNotFound}
	w := newWorldWith(t, engine.Embedded, files, kept)
	stays, goes := w.create(0), w.create(0)
	files.name = goes.ID + ".json"
	all, err := w.List(t.Context())
	if err != nil || len(all) != 1 || all[0].ID != stays.ID {
		t.Errorf("got %+v, %v", all, err)
	}
}

// TestNewestFirst lists backups of the same second in the order in which they were made.
func TestNewestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	var want, got []string
	for range 8 {
		want = append([]string{w.create(0).ID}, want...)
	}
	all, err := w.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		got = append(got, m.ID)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
}

// TestStrays removes data files whose backup was never complete, once nobody can be writing them any more.
func TestStrays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	whole, old, fresh := w.create(0), w.create(0), w.create(0)
	for _, m := range []backups.Manifest{old, fresh} {
		if err := os.Remove(filepath.Join(w.dir, m.ID+".json")); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	for _, m := range []backups.Manifest{whole, old} {
		if err := os.Chtimes(filepath.Join(w.dir, m.ID+".ndjson.gz"), yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
	}
	w.create(0)
	w.whole(whole.ID)
	for _, tt := range []struct {
		id    string
		there bool
	}{{old.ID, false}, {fresh.ID, true}} {
		if _, err := os.Stat(filepath.Join(w.dir, tt.id+".ndjson.gz")); (err == nil) != tt.there {
			t.Errorf("%s: %v, want it to be there: %v", tt.id, err, tt.there)
		}
	}
}

// hooked are files to which something is done as soon as one is written.
type hooked struct {
	archive.Files
	do func()
}

func (h *hooked) Create(ctx context.Context, name string) (archive.File, error) {
	f, err := h.Files.Create(ctx, name)
	return &hookedFile{File: f, do: h.do}, err
}

type hookedFile struct {
	archive.File
	once sync.Once
	do   func()
}

func (f *hookedFile) Write(p []byte) (int, error) {
	f.once.Do(f.do)
	return f.File.Write(p)
}

// TestRedisGoesAway makes a backup of a Redis that stops answering midway. That ends within seconds, however long a
// backup may take, and leaves nothing.
func TestRedisGoesAway(t *testing.T) {
	t.Parallel()
	for name, goes := range map[string]func(*redistest.Server){"killed": (*redistest.Server).Kill, "frozen": (*redistest.Server).Stop} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := t.TempDir()
			files := &hooked{Files: dir.New(kept)}
			w := newWorldWith(t, engine.External, files, kept)
			files.do = func() { goes(w.redis) }
			one := w.project("one", nil)
			for from := 0; from < 20_000; from += 1000 {
				entries := make([]kv.Entry, 1000)
				for i := range entries {
					entries[i] = kv.Entry{Key: kv.Key(fmt.Sprint("key:", from+i)), Value: kv.Value(`"a value of some length"`)}
				}
				if err := w.store().MSet(t.Context(), one, entries); err != nil {
					t.Fatal(err)
				}
			}
			begun := time.Now()
			_, err := w.Create(t.Context(), 0)
			if took := time.Since(begun); err == nil || took > 2*time.Minute {
				t.Errorf("after %v: %v", took, err)
			} else {
				t.Logf("after %v: %v", took, err)
			}
			if left, err := os.ReadDir(kept); err != nil || len(left) != 0 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}
