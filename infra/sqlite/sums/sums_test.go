// SPDX-License-Identifier: Apache-2.0

package sums_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/sqlite/sums"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// open opens a file, in the mode that tempskv uses.
func open(t *testing.T, path, vfs string) *sql.DB {
	t.Helper()
	if err := sums.Register(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_journal_mode=WAL&"+vfs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

const (
	checked = "vfs=" + sums.VFS
	writes  = "vfs=" + sums.WriterVFS
)

func exec(t *testing.T, db *sql.DB, queries ...string) {
	t.Helper()
	for _, query := range queries {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
}

// read returns what a query for one number returns.
func read(t *testing.T, db *sql.DB, query string) (n int64, err error) {
	t.Helper()
	return n, db.QueryRowContext(t.Context(), query).Scan(&n)
}

const fill = `INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
	SELECT i, CAST(printf('value %d of this table, ', i) || hex(zeroblob(i % 50 * 60)) AS BLOB) FROM n`

// One bit of each page of a file is changed in turn: reading it returns an error.
func TestEachPage(t *testing.T) {
	t.Parallel()
	for name, makeFile := range map[string]func(t *testing.T, path string) error{
		"new": func(_ *testing.T, path string) error { return sums.Make(path) },
		"copied": func(t *testing.T, path string) error {
			old := open(t, path+".old", "")
			exec(t, old, "CREATE TABLE u (id INTEGER PRIMARY KEY)")
			return sums.Copy(path+".old", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "it's a file.db")
			if err := makeFile(t, path); err != nil {
				t.Fatal(err)
			}
			db := open(t, path, writes)
			exec(t, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, value BLOB)", "CREATE INDEX i ON t (value)", fill)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			whole, err := os.ReadFile(path)
			if err != nil || len(whole)%sums.PageSize != 0 {
				t.Fatal(len(whole), err)
			}
			for offset := 0; offset < len(whole); offset += sums.PageSize {
				damaged := append([]byte(nil), whole...)
				damaged[offset+(offset/7)%sums.PageSize] ^= 1 << (offset / sums.PageSize % 8)
				if err := os.WriteFile(path, damaged, 0o600); err != nil {
					t.Fatal(err)
				}
				db := open(t, path, checked)
				if n, err := read(t, db, "SELECT sum(length(data)) FROM sqlite_dbpage"); err == nil {
					t.Errorf("page %d is read, as one of %d bytes", offset/sums.PageSize+1, n)
				} else if e, ok := errors.AsType[*sqlite.Error](err); ok && offset > 0 && e.Code() != sqlite3.SQLITE_IOERR_DATA {
					t.Errorf("page %d: %v", offset/sums.PageSize+1, err)
				}
				db.Close()
			}
		})
	}
}

// A page from another place, a page of zeros, and a truncated file are refused.
func TestOtherPages(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.db")
	if err := sums.Make(path); err != nil {
		t.Fatal(err)
	}
	db := open(t, path, writes)
	exec(t, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, value BLOB)", fill)
	want, err := read(t, db, "SELECT sum(length(value)) FROM t")
	if err != nil || db.Close() != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const p = sums.PageSize
	for name, damage := range map[string]func(b []byte) []byte{
		"another's": func(b []byte) []byte { copy(b[20*p:21*p], b[21*p:22*p]); return b },
		"zeros":     func(b []byte) []byte { clear(b[20*p : 21*p]); return b },
		"half":      func(b []byte) []byte { clear(b[20*p+p/2 : 21*p]); return b },
		"text":      func(b []byte) []byte { copy(b[20*p:21*p], strings.Repeat("x", p)); return b },
		"cut off":   func(b []byte) []byte { return b[:len(b)-p] },
	} {
		if err := os.WriteFile(path, damage(append([]byte(nil), whole...)), 0o600); err != nil {
			t.Fatal(err)
		}
		db := open(t, path, checked)
		if n, err := read(t, db, "SELECT sum(length(value)) FROM t"); err == nil {
			t.Errorf("%s: %d, want an error (%d)", name, n, want)
		}
		db.Close()
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := read(t, open(t, path, checked), "SELECT sum(length(value)) FROM t"); err != nil || n != want {
		t.Errorf("%d, %v, want %d", n, err, want)
	}
}

// A file releases its free pages one by one, and the rest stays intact.
func TestRoomIsGivenBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.db")
	if err := sums.Make(path); err != nil {
		t.Fatal(err)
	}
	db := open(t, path, writes)
	db.SetMaxOpenConns(1)
	exec(t, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, value BLOB)", fill, "DELETE FROM t WHERE id % 10 > 0",
		"PRAGMA incremental_vacuum", "PRAGMA wal_checkpoint(TRUNCATE)")
	free, err := read(t, db, "PRAGMA freelist_count")
	if err != nil || free != 0 {
		t.Errorf("%d free pages, %v", free, err)
	}
	if n, err := read(t, db, "SELECT count(*) FROM t WHERE CAST(value AS TEXT) LIKE printf('value %d of %%', id)"); err != nil || n != 12 {
		t.Errorf("%d rows, %v", n, err)
	}
	var text string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&text); err != nil || text != "ok" {
		t.Errorf("%s, %v", text, err)
	}
}
