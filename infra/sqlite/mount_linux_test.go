// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Needs root and the right to mount: only so does the kernel return its errors.
func TestMountedFileSystems(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=512k"); err != nil {
		t.Skipf("the part with a really full and really read-only file system is left out: mount: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	p := filepath.Join(dir, "data.db")
	d := open(t, p, "CREATE TABLE t (v BLOB)")
	exec(t, d, "INSERT INTO t VALUES ('kept')")
	_, err := d.Write.ExecContext(t.Context(), "INSERT INTO t VALUES (zeroblob(1000000))")
	if !errors.Is(sqlite.Err(err), kv.ErrStorageFull) {
		t.Errorf("on a full disk: %v", sqlite.Err(err))
	}
	if got := count(t, d); got != 1 {
		t.Errorf("%d rows", got)
	}
	d.Close()

	err = os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 500<<10), 0o600)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	_, err = sqlite.Open(t.Context(), filepath.Join(dir, "new.db"), []string{createTable})
	if r, ok := errors.AsType[*kv.Refusal](err); !ok || r.Kind != kv.ErrStorageFull || !strings.Contains(r.Detail, "new.db") {
		t.Errorf("a new file on a full disk: %v", err)
	}
	os.Remove(filepath.Join(dir, "ballast"))
	noRoomForACopy(t, p)

	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{p, filepath.Join(dir, "other.db")} {
		_, err := sqlite.Open(t.Context(), name, []string{"CREATE TABLE t (v BLOB)"})
		if r, ok := errors.AsType[*kv.Refusal](err); !ok || r.Kind != kv.ErrUnavailable {
			t.Errorf("%s on a read-only disk: %v", name, err)
		}
	}
}

// noRoomForACopy migrates a file on a disk with less room than the file takes: it stays as it is, and so does the disk.
func noRoomForACopy(t *testing.T, p string) {
	t.Helper()
	d := open(t, p, "CREATE TABLE t (v BLOB)")
	exec(t, d, "INSERT INTO t VALUES (zeroblob(150000))")
	d.Close()
	names := filesNextTo(t, p)
	const drop = "DELETE FROM t"
	_, err := sqlite.Open(t.Context(), p, []string{"CREATE TABLE t (v BLOB)", drop})
	if r, ok := errors.AsType[*kv.Refusal](err); !ok || r.Kind != kv.ErrStorageFull || !strings.Contains(r.Detail, p) {
		t.Errorf("a migration without room for the copy: %v", err)
	}
	if diff := cmp.Diff(names, filesNextTo(t, p)); diff != "" {
		t.Errorf("what is there has changed: %s", diff)
	}
	d = open(t, p, "CREATE TABLE t (v BLOB)")
	if got := count(t, d); got != 2 {
		t.Errorf("%d rows", got)
	}
	d.Close()
}
