// SPDX-License-Identifier: Apache-2.0

package sums_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/infra/sqlite/sums"
)

// A checkpoint for whose last pages there is no room fails, whatever is left over for SQLite's own calls after it, and what was
// acknowledged stays in the log. Needs root and the right to mount: only so is a disk full for some pages alone.
func TestCheckpointOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("a checkpoint on a really full file system is left out: mount: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	path := filepath.Join(dir, "f.db")
	if err := sums.Make(path); err != nil {
		t.Fatal(err)
	}
	db := open(t, path, writes)
	db.SetMaxOpenConns(1)
	exec(t, db, "PRAGMA wal_autocheckpoint = 0", "CREATE TABLE t (id INTEGER PRIMARY KEY, value BLOB)", "PRAGMA wal_checkpoint(TRUNCATE)",
		"INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT i, zeroblob(4000) FROM n")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	for _, mode := range []string{"PASSIVE", "RESTART", "TRUNCATE"} {
		var busy, log, moved int
		err := db.QueryRowContext(t.Context(), "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &log, &moved)
		if err == nil && busy == 0 {
			t.Errorf("%s: %d of %d pages are said to be in a file that has no room for them", mode, moved, log)
		}
	}
	if n := copied(t, path, "SELECT count(*) FROM t WHERE length(value) = 4000"); n != 20 {
		t.Errorf("%d rows on the full disk", n)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "PRAGMA wal_checkpoint(TRUNCATE)")
	if n := copied(t, path, "SELECT count(*) FROM t WHERE length(value) = 4000"); n != 20 {
		t.Errorf("%d rows when there is room again", n)
	}
}
