// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/dir"
)

// TestListMarks marks what is wrong with the files of a backup without reading them, and no other backup.
func TestListMarks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(w *world, id string)
		want  string
	}{
		"truncated": {func(w *world, id string) {
			w.edit(id+".ndjson.gz", func(b []byte) []byte { return b[:len(b)-1] })
		}, "bytes, and should have"},
		"empty": {func(w *world, id string) {
			w.edit(id+".ndjson.gz", func([]byte) []byte { return nil })
		}, "has 0 bytes"},
		"longer": {func(w *world, id string) {
			w.edit(id+".ndjson.gz", func(b []byte) []byte { return append(b, 0) })
		}, "bytes, and should have"},
		"data gone":          {func(w *world, id string) { w.remove(id + ".ndjson.gz") }, "data file is missing"},
		"manifest gone":      {func(w *world, id string) { w.remove(id + ".json"); w.date(id+".ndjson.gz", -time.Hour) }, "manifest is missing"},
		"manifest of future": {func(w *world, id string) { w.remove(id + ".json"); w.date(id+".ndjson.gz", 5*365*day) }, "manifest is missing"},
		"manifest cut off": {func(w *world, id string) {
			w.edit(id+".json", func(b []byte) []byte { return b[:len(b)/2] })
		}, "manifest cannot be read"},
		"manifest empty": {func(w *world, id string) {
			w.edit(id+".json", func([]byte) []byte { return nil })
		}, "manifest cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, engine.Embedded, t.TempDir())
			w.project("one", map[kv.Key]string{"a": `1`})
			spoiled, whole := w.create(0).ID, w.create(0).ID
			if _, err := w.List(t.Context()); err != nil { // which remembers manifests
				t.Fatal(err)
			}
			tt.spoil(w, spoiled)
			all, err := w.List(t.Context())
			if err != nil || len(all) != 2 {
				t.Fatalf("got %+v, %v", all, err)
			}
			for _, m := range all {
				if m.ID == whole && m.Problem != "" || m.ID == spoiled && !strings.Contains(m.Problem, tt.want) {
					t.Errorf("%s: %q", m.ID, m.Problem)
				}
			}
			if got := w.Warnings(t.Context()); len(got) != 1 || got[0].Code != engine.WarnBackupDamaged || !strings.Contains(got[0].Detail, spoiled) {
				t.Errorf("got %v", got)
			}
			kept, err := backups.Kept(t.Context(), dir.New(w.dir))
			if diff := cmp.Diff(all, kept); err != nil || diff != "" {
				t.Errorf("of a service that does not run: %v, %s", err, diff)
			}
			if err := w.Delete(t.Context(), spoiled); err != nil {
				t.Error(err)
			}
			if all, err := w.List(t.Context()); err != nil || len(all) != 1 || all[0].ID != whole {
				t.Errorf("got %+v, %v", all, err)
			}
			if got := w.Warnings(t.Context()); len(got) != 0 {
				t.Errorf("got %v", got)
			}
		})
	}
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

// date makes a file look as if it was written so long from now.
func (w *world) date(name string, d time.Duration) {
	w.t.Helper()
	at := time.Now().Add(d)
	if err := os.Chtimes(filepath.Join(w.dir, name), at, at); err != nil {
		w.t.Fatal(err)
	}
}

// TestDeletedProjects are named by a backup that does not hold their keys.
func TestDeletedProjects(t *testing.T) {
	t.Parallel()
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, engine, t.TempDir())
			w.project("one", map[kv.Key]string{"a": `1`})
			two := w.project("two", map[kv.Key]string{"b": `2`})
			if m := w.create(0); len(m.Deleting) != 0 {
				t.Errorf("before: %v", m.Deleting)
			}
			if err := w.control.DeleteProject(t.Context(), two); err != nil {
				t.Fatal(err)
			}
			m := w.create(0)
			if diff := cmp.Diff([]kv.ProjectID{two}, m.Deleting); diff != "" {
				t.Error(diff)
			}
			read, err := w.Backup(t.Context(), m.ID)
			if diff := cmp.Diff(m, read); err != nil || diff != "" {
				t.Errorf("%v, %s", err, diff)
			}
			w.whole(m.ID)
			if _, err := w.Create(t.Context(), two); !errors.Is(err, kv.ErrProjectNotFound) {
				t.Errorf("of the project: %v", err)
			}
		})
	}
}

// meanwhile are files that do something else when a backup begins.
type meanwhile struct {
	archive.Files
	do func()
}

func (m *meanwhile) Create(ctx context.Context, name string) (archive.File, error) {
	if strings.HasSuffix(name, ".gz") {
		m.do()
	}
	return m.Files.Create(ctx, name)
}

// TestProjectDeletedMeanwhile is named, of a backup of it and of all.
func TestProjectDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{true, false} {
		kept := t.TempDir()
		files := &meanwhile{Files: dir.New(kept)}
		w := newWorldWith(t, engine.Embedded, files, kept)
		one := w.project("one", map[kv.Key]string{"a": `1`})
		files.do = func() {
			if err := w.control.DeleteProject(t.Context(), one); err != nil {
				t.Error(err)
			}
		}
		of := one
		if whole {
			of = 0
		}
		if m := w.create(of); !slices.Equal(m.Deleting, []kv.ProjectID{one}) {
			t.Errorf("whole %v: got %v", whole, m.Deleting)
		}
	}
}

// TestRemains of killed backups go at the start, those of others that may be writing do not.
func TestRemains(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	w.project("one", map[kv.Key]string{"a": `1`})
	whole, left := w.create(0), w.create(0)
	w.remove(left.ID + ".json")
	names := func() (names []string) {
		entries, err := os.ReadDir(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	before := len(names())
	w.run(w.server(false))
	eventually(t, "a backup by the schedule, which comes after that", func() bool {
		w.every(time.Hour, 0)
		return len(names()) == before+2
	})
	w.every(0, 0)
	if !slices.Contains(names(), left.ID+".ndjson.gz") {
		t.Error("what another server may be about to complete is gone")
	}
	w.run(w.server(true))
	eventually(t, "it goes", func() bool { return !slices.Contains(names(), left.ID+".ndjson.gz") })
	w.whole(whole.ID)
}

func (w *world) server(exclusive bool) *backups.Manager {
	return backups.New(backups.Config{
		Service: w.service, Control: w.control, Files: dir.New(w.dir), Version: "1.2.3", Exclusive: exclusive,
	})
}

// TestUnsharedPlace refuses a schedule whose backups would be in several places, and warns of one that was set before.
func TestUnsharedPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	s := backups.New(backups.Config{
		Service: w.service, Control: w.control, Files: dir.New(w.dir), Version: "1.2.3", Unshared: "start each with --backup-to",
	})
	_, err := s.SetSchedule(t.Context(), func(p *archive.Schedule) { p.Every = time.Hour })
	if !errors.Is(err, kv.ErrConflict) || !strings.Contains(err.Error(), "start each with --backup-to") {
		t.Errorf("got %v", err)
	}
	if p, err := s.Schedule(t.Context()); err != nil || p.Every != 0 || len(s.Warnings(t.Context())) > 0 {
		t.Errorf("it is set: %+v, %v", p, err)
	}
	w.every(time.Hour, 0)
	if got := s.Warnings(t.Context()); len(got) != 1 || got[0].Code != engine.WarnBackupPlace {
		t.Errorf("got %v", got)
	}
	if _, err := s.SetSchedule(t.Context(), func(p *archive.Schedule) { p.Every = 0 }); err != nil {
		t.Errorf("to set none: %v", err)
	}
}
