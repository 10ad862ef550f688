// SPDX-License-Identifier: Apache-2.0

package dir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/backuptest"
	"github.com/tempskv/tempskv/infra/backup/dir"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	backuptest.Run(t, func(t *testing.T) archive.Files { return dir.New(filepath.Join(t.TempDir(), "backups")) })
}

// store writes a file.
func store(t *testing.T, d *dir.Files, name, text string) {
	t.Helper()
	f, err := d.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
}

// names returns the names in a directory, including hidden files.
func names(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// listed returns the names that List returns.
func listed(t *testing.T, d *dir.Files) []string {
	t.Helper()
	list, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := []string{}
	for _, info := range list {
		all = append(all, info.Name)
	}
	return all
}

// Only its owner can read a backup, and no other file is left.
func TestFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "backups")
	d := dir.New(path)
	if got := listed(t, d); len(got) != 0 {
		t.Errorf("before the first: %v", got)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a look made the directory: %v", err)
	}
	store(t, d, "a", "text")
	for name, want := range map[string]fs.FileMode{"": 0o700 | fs.ModeDir, "a": 0o600} {
		if info, err := os.Stat(filepath.Join(path, name)); err != nil || info.Mode() != want {
			t.Errorf("%q: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	if diff := cmp.Diff([]string{"a"}, names(t, path)); diff != "" {
		t.Error(diff)
	}
}

// Other things in the directory than our files, such as links, are not listed, read or removed.
func TestOthersInTheDirectory(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	path := filepath.Join(base, "backups")
	d := dir.New(path)
	store(t, d, "a", "text")
	outside := filepath.Join(base, "outside")
	for _, err := range []error{
		os.WriteFile(outside, []byte("secret"), 0o600), os.Symlink(outside, filepath.Join(path, "out")),
		os.Symlink("../outside", filepath.Join(path, "up")), os.Symlink("a", filepath.Join(path, "within")),
		os.Mkdir(filepath.Join(path, "folder"), 0o700), os.WriteFile(filepath.Join(path, ".hidden"), nil, 0o600),
		os.WriteFile(filepath.Join(path, "with blank"), nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	before := names(t, path)
	if diff := cmp.Diff([]string{"a"}, listed(t, d)); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"out", "up", "within", "folder"} {
		if _, err := d.Open(t.Context(), name); !errors.Is(err, kv.ErrBackupNotFound) {
			t.Errorf("open %s: %v", name, err)
		}
		if err := d.Remove(t.Context(), name); err != nil {
			t.Errorf("remove %s: %v", name, err)
		}
		if _, err := d.Create(t.Context(), name); !errors.Is(err, kv.ErrConflict) {
			t.Errorf("create %s: %v", name, err)
		}
	}
	if diff := cmp.Diff(before, names(t, path)); diff != "" {
		t.Error(diff)
	}
}

// A link that appears under the name while the file is being written is not written through.
func TestLinkUnderTheName(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	path := filepath.Join(base, "backups")
	f, err := dir.New(path).Create(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("text")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../outside", filepath.Join(path, "a")); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); !errors.Is(err, kv.ErrConflict) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(base, "outside")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file outside: %v", err)
	}
	if diff := cmp.Diff([]string{"a"}, names(t, path)); diff != "" {
		t.Error(diff)
	}
}

// Unfinished files are removed after a day, and no other hidden files are.
func TestAbandonedFiles(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d := dir.New(path)
	old, err := d.Create(t.Context(), "old")
	if err != nil {
		t.Fatal(err)
	}
	left := names(t, path)[0]
	if err := os.WriteFile(filepath.Join(path, ".other"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store(t, d, "b", "")
	if diff := cmp.Diff([]string{".other", left, "b"}, names(t, path)); diff != "" {
		t.Errorf("within the day: %s", diff)
	}
	at := time.Now().Add(-25 * time.Hour)
	for _, name := range names(t, path) {
		if err := os.Chtimes(filepath.Join(path, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	store(t, d, "c", "")
	if diff := cmp.Diff([]string{".other", "b", "c"}, names(t, path)); diff != "" {
		t.Error(diff)
	}
	if err := old.Commit(); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("commit of a file that is gone: %v", err)
	}
	if diff := cmp.Diff([]string{".other", "b", "c"}, names(t, path)); diff != "" {
		t.Error(diff)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		file:                                   "is not a directory",
		filepath.Join(file, "backups"):         "is not a directory",
		filepath.Join(base, "none", "backups"): "cannot be made",
	} {
		d := dir.New(path)
		_, create := d.Create(t.Context(), "a")
		_, open := d.Open(t.Context(), "a")
		_, list := d.List(t.Context())
		for call, err := range map[string]error{"create": create, "open": open, "list": list, "remove": d.Remove(t.Context(), "a")} {
			r, ok := errors.AsType[*kv.Refusal](err)
			if !ok || r.Kind != kv.ErrUnavailable || !strings.Contains(r.Detail, path) || !strings.Contains(r.Detail, want) {
				t.Errorf("%s in %s: %v", call, path, err)
			}
		}
	}
}
