// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// restoredKeys is how many keys a store holds before it is restored, and after.
const restoredKeys = 1000

// mark sets all keys of a store to the value. A store marked with another value can be told from it, complete or not.
func mark(ctx context.Context, s kv.Store, value string) error {
	entries := make([]kv.Entry, restoredKeys)
	for i := range entries {
		entries[i] = kv.Entry{Key: keyOf(i), Value: kv.Value(`"` + value + strings.Repeat("x", i) + `"`)}
	}
	return s.MSet(ctx, 1, entries)
}

// wantMark fails the test unless all keys of the store have the value.
func wantMark(t *testing.T, s kv.Store, value string) {
	t.Helper()
	for i := range restoredKeys {
		got, err := s.Get(t.Context(), 1, keyOf(i))
		if want := `"` + value + strings.Repeat("x", i) + `"`; err != nil || string(got) != want {
			t.Fatalf("key %d is %.20q, %v, want %.20q", i, got, err, want)
		}
	}
}

// wantFiles fails the test unless the directory holds only the files of an open store.
func wantFiles(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{"data.db", "data.db-commits", "data.db-shm", "data.db-wal"}, names); diff != "" {
		t.Errorf("files: %s", diff)
	}
}

// marked is an engine with a store that is marked as old.
type marked struct {
	*embedded.Engine
	dir      string
	settings engine.Settings
	store    kv.Store
}

func newMarked(t *testing.T, dir string) *marked {
	t.Helper()
	m := &marked{embedded.NewEngine(dir, embedded.Config{}), dir, engine.DefaultSettings(), nil}
	m.enable(t)
	t.Cleanup(func() {
		if err := m.Disable(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if err := mark(t.Context(), m.store, "old"); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *marked) enable(t *testing.T) {
	t.Helper()
	store, err := m.Enable(t.Context(), m.settings)
	if err != nil {
		t.Fatal(err)
	}
	m.store, m.settings.Provisioned = store, true
}

// filled returns a staging that is marked as new.
func (m *marked) filled(t *testing.T) engine.Staging {
	t.Helper()
	sc, err := m.Stage(t.Context(), m.settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := mark(t.Context(), sc.Store(), "new"); err != nil {
		t.Fatal(err)
	}
	return sc
}

// wantOldAfter drops the staging and enables the engine, as after a Promote that failed, and looks at what there is.
func (m *marked) wantOldAfter(t *testing.T, sc engine.Staging) {
	t.Helper()
	if err := sc.Discard(t.Context()); err != nil {
		t.Errorf("Discard: %v", err)
	}
	m.enable(t)
	wantMark(t, m.store, "old")
	wantFiles(t, m.dir)
}

// The store in use serves until the other replaces it; from then on that one is kept.
func TestStagingTakes(t *testing.T) {
	t.Parallel()
	m := newMarked(t, t.TempDir())
	sc := m.filled(t)
	if _, err := m.store.Set(t.Context(), 1, "meanwhile", kv.Value("1"), kv.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	wantMark(t, m.store, "old")
	used := probe(t, m.Engine).UsedMemory
	if err := m.store.Close(); err != nil {
		t.Fatal(err)
	}
	store, err := sc.Promote(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	wantMark(t, store, "new")
	wantFiles(t, m.dir)
	if got := probe(t, m.Engine).UsedMemory; got != used-int64(64+len("meanwhile")+1) {
		t.Errorf("%d bytes are in use, and %d were", got, used)
	}
	if err := sc.Discard(t.Context()); err != nil {
		t.Errorf("Discard after Promote: %v", err)
	}
	m.enable(t)
	wantMark(t, m.store, "new")
	if n, err := m.store.Exists(t.Context(), 1, []kv.Key{"meanwhile"}); n != 0 || err != nil {
		t.Errorf("a key of the store before: %d, %v", n, err)
	}
	wantFiles(t, m.dir)
}

func TestStagingDropped(t *testing.T) {
	t.Parallel()
	m := newMarked(t, t.TempDir())
	if err := m.filled(t).Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, m.dir)
	wantMark(t, m.store, "old")
}

// A staging has the limit of the settings, and so does the store that it becomes.
func TestStagingIsLimited(t *testing.T) {
	t.Parallel()
	m := newMarked(t, t.TempDir())
	m.settings.MaxMemory = "10k"
	sc, err := m.Stage(t.Context(), m.settings)
	if err != nil {
		t.Fatal(err)
	}
	set := func(s kv.Store, key kv.Key) error {
		_, err := s.Set(t.Context(), 1, key, valueOf(6000), kv.SetOptions{})
		return err
	}
	if err := set(sc.Store(), "fits"); err != nil {
		t.Fatal(err)
	}
	if err := set(sc.Store(), "does not"); !errors.Is(err, kv.ErrOutOfMemory) {
		t.Errorf("past the limit: %v", err)
	}
	store, err := sc.Promote(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := set(store, "does not"); !errors.Is(err, kv.ErrOutOfMemory) {
		t.Errorf("past the limit, after Promote: %v", err)
	}
}

// If the new file cannot be opened at the path of the old one, the old one is put back.
func TestPromoteThatCannotOpen(t *testing.T) {
	t.Parallel()
	m := newMarked(t, t.TempDir())
	sc := m.filled(t)
	if err := m.store.Close(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sc.Promote(ended, false); !errors.Is(err, kv.ErrTimeout) {
		t.Errorf("Promote: %v", err)
	}
	m.wantOldAfter(t, sc)
}

// A log that another program keeps there would be applied to the new file, so the file is not replaced.
func TestPromoteBesideAnotherProgram(t *testing.T) {
	t.Parallel()
	m := newMarked(t, t.TempDir())
	sc := m.filled(t)
	db, err := sql.Open("sqlite", filepath.Join(m.dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM keys")
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	if err := m.store.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = sc.Promote(t.Context(), false)
	r, ok := errors.AsType[*kv.Refusal](err)
	if !ok || r.Kind != kv.ErrUnavailable || !strings.Contains(r.Detail, "data.db-wal") {
		t.Errorf("Promote: %v", err)
	}
	if err := errors.Join(rows.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	m.wantOldAfter(t, sc)
}

// What a process left behind that ended during a restore is removed by the next one.
func TestStagingLeftOver(t *testing.T) {
	t.Parallel()
	m := newMarked(t, t.TempDir())
	if err := m.Disable(t.Context()); err != nil {
		t.Fatal(err)
	}
	leave := func() {
		t.Helper()
		for _, ending := range []string{".restore", ".restore-wal", ".restore-shm", ".restore-journal", ".restore.before"} {
			if err := os.WriteFile(filepath.Join(m.dir, "data.db"+ending), []byte("left over"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	leave()
	m.enable(t)
	wantFiles(t, m.dir)
	leave()
	if _, err := m.filled(t).Promote(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, m.dir)
}

// A file on another disk than its directory is replaced there.
func TestStagingBesideALink(t *testing.T) {
	t.Parallel()
	dir, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(filepath.Join(elsewhere, "data.db"), filepath.Join(dir, "data.db")); err != nil {
		t.Fatal(err)
	}
	m := newMarked(t, dir)
	store, err := m.filled(t).Promote(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	wantMark(t, store, "new")
	wantFiles(t, elsewhere)
	if info, err := os.Lstat(filepath.Join(dir, "data.db")); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link is %v, %v", info, err)
	}
}
