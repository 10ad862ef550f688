// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

const second = "INSERT INTO t VALUES (100, NULL)"

// filesNextTo returns the names in the directory of the file.
func filesNextTo(t *testing.T, path string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, strings.Replace(e.Name(), filepath.Base(path), "F", 1))
	}
	return names
}

// The copy has what is only in the log yet, only its owner can read it, and the version that made the file can open it.
func TestCopyBeforeAMigration(t *testing.T) {
	t.Parallel()
	p := path(t)
	before := open(t, p, createTable)
	exec(t, before, "INSERT INTO t VALUES (1, NULL), (2, NULL)")
	after := open(t, p, createTable, second)
	if after.Copy != p+".v1" || before.Copy != "" {
		t.Fatalf("copied to %q, and before to %q", after.Copy, before.Copy)
	}
	if info, err := os.Stat(after.Copy); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got := count(t, after); got != 3 {
		t.Errorf("%d rows after the migration", got)
	}
	if got := count(t, open(t, after.Copy, createTable)); got != 2 {
		t.Errorf("%d rows in the copy", got)
	}
	if again := open(t, p, createTable, second); again.Copy != "" {
		t.Errorf("copied again to %q", again.Copy)
	}
}

func TestLastCopiesAreKept(t *testing.T) {
	t.Parallel()
	p := path(t)
	migrations := []string{createTable}
	open(t, p, migrations...).Close()
	for range 5 {
		migrations = append(migrations, "DELETE FROM t")
		for _, left := range []string{".tmp", ".tmp-journal"} { // of a copy that was cut off
			if err := os.WriteFile(p+".v1"+left, []byte("left over"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		open(t, p, migrations...).Close()
		for _, left := range []string{".tmp", ".tmp-journal"} {
			os.Remove(p + ".v1" + left)
		}
	}
	if diff := cmp.Diff([]string{"F", "F.v3", "F.v4", "F.v5"}, filesNextTo(t, p)); diff != "" {
		t.Error(diff)
	}
}

// The error of an older program names the file, and the command that it gives restores the old content.
func TestAnOlderProgramSaysHowToGoBack(t *testing.T) {
	t.Parallel()
	p := filepath.Join(t.TempDir(), "it's here.db")
	d := open(t, p, createTable)
	exec(t, d, "INSERT INTO t VALUES (1, NULL)")
	d.Close()
	open(t, p, createTable, second).Close()

	_, err := sqlite.Open(t.Context(), p, []string{createTable})
	r, ok := errors.AsType[*kv.Refusal](err)
	if !ok || r.Kind != kv.ErrUnavailable || !strings.Contains(r.Detail, p+" was written by a newer tempskv (format 2, this one knows 1)") {
		t.Fatalf("got %v", err)
	}
	_, command, ok := strings.Cut(r.Detail, "with: ")
	if !ok {
		t.Fatalf("it does not say what to type: %s", r.Detail)
	}
	if out, err := osexec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", command, err, out)
	}
	if got := count(t, open(t, p, createTable)); got != 1 {
		t.Errorf("%d rows are back", got)
	}
	if got := count(t, open(t, p, createTable, second)); got != 2 {
		t.Errorf("%d rows after the next upgrade", got)
	}
}

// If the copy cannot be made, the file stays as it was.
func TestNoMigrationWithoutACopy(t *testing.T) {
	t.Parallel()
	p := path(t)
	open(t, p, createTable).Close()
	if err := os.MkdirAll(filepath.Join(p+".v1", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if d, err := sqlite.Open(t.Context(), p, []string{createTable, second}); err == nil {
		d.Close()
		t.Error("it was migrated")
	}
	if got := count(t, open(t, p, createTable)); got != 0 {
		t.Errorf("%d rows", got)
	}
	if diff := cmp.Diff([]string{"F", "F-shm", "F-wal", "F.v1"}, filesNextTo(t, p)); diff != "" {
		t.Error(diff)
	}
}
