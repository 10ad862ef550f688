// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// wholeWorld is an open file, of which the log holds some transactions, and its place.
type wholeWorld struct {
	path  string
	conn  *sql.Conn
	place *sqlite.Place
}

func newWholeWorld(t *testing.T) *wholeWorld {
	t.Helper()
	w := &wholeWorld{path: filepath.Join(t.TempDir(), "f.db")}
	d, err := sqlite.OpenSummed(t.Context(), w.path, []string{"CREATE TABLE t (v BLOB)"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() }) // which may find the file cut
	if w.conn, err = d.Write.Conn(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.conn.Close() })
	w.exec(t, "SELECT * FROM t")
	if w.place, err = sqlite.Here(w.path); err != nil {
		t.Fatal(err)
	}
	w.exec(t, "INSERT INTO t VALUES (zeroblob(300000))")
	w.exec(t, "PRAGMA wal_checkpoint(PASSIVE)")
	w.exec(t, "INSERT INTO t VALUES (zeroblob(3000))")
	return w
}

func (w *wholeWorld) exec(t *testing.T, query string) {
	t.Helper()
	if _, err := w.conn.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// size returns the length of the file or its log.
func (w *wholeWorld) size(t *testing.T, ending string) int64 {
	t.Helper()
	info, err := os.Stat(w.path + ending)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A truncation is detected, whatever SQLite holds in memory, and is not forgotten if the file grows again.
func TestCutFileIsFound(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ending string
		to     func(size int64) int64
		begin  string // before it is cut
	}{
		"all of the file":                      {"", func(int64) int64 { return 0 }, "SELECT 1"},
		"a page":                               {"", func(size int64) int64 { return size - 4096 }, "SELECT 1"},
		"a byte":                               {"", func(size int64) int64 { return size - 1 }, "SELECT 1"},
		"all of the file, the log being empty": {"", func(int64) int64 { return 0 }, "PRAGMA wal_checkpoint(TRUNCATE)"},
		"a page, the log being empty":          {"", func(size int64) int64 { return size - 4096 }, "PRAGMA wal_checkpoint(TRUNCATE)"},
		"all of the log":                       {"-wal", func(int64) int64 { return 0 }, "SELECT 1"},
		"all of the log but a frame":           {"-wal", func(int64) int64 { return 32 + 4120 }, "INSERT INTO t VALUES (zeroblob(30000))"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWholeWorld(t)
			w.exec(t, tt.begin)
			if err := w.place.CheckWhole(t.Context(), w.conn); err != nil {
				t.Fatal(err)
			}
			size := w.size(t, tt.ending)
			for _, to := range []int64{tt.to(size), size} {
				if err := os.Truncate(w.path+tt.ending, to); err != nil {
					t.Fatal(err)
				}
				if err := w.place.CheckWhole(t.Context(), w.conn); !errors.Is(err, kv.ErrUnavailable) || w.place.Cut() == nil {
					t.Errorf("cut to %d of %d: %v", to, size, err)
				}
			}
		})
	}
}

// A truncation is also detected if SQLite has read no length from the log.
func TestCutFileIsFoundWithoutALog(t *testing.T) {
	t.Parallel()
	for _, left := range []int64{0, 4096} {
		path := filepath.Join(t.TempDir(), "f.db")
		migrations := []string{"CREATE TABLE t (v BLOB)"}
		made, err := sqlite.OpenSummed(t.Context(), path, migrations)
		if err != nil {
			t.Fatal(err)
		}
		if err := made.Close(); err != nil {
			t.Fatal(err)
		}
		d, err := sqlite.OpenExistingSummed(t.Context(), path, migrations)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := d.Write.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		place, err := sqlite.Here(path)
		if err := errors.Join(err, place.CheckWhole(t.Context(), conn)); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, left); err != nil {
			t.Fatal(err)
		}
		if err := place.CheckWhole(t.Context(), conn); !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("cut to %d: %v", left, err)
		}
		_, _ = conn.Close(), d.Close() // which may find the file cut
	}
}

// A truncation by SQLite itself is not an error.
func TestFileCutBySQLiteIsWhole(t *testing.T) {
	t.Parallel()
	w := newWholeWorld(t)
	whole := func(after string) {
		t.Helper()
		if err := w.place.CheckWhole(t.Context(), w.conn); err != nil {
			t.Fatalf("after %s: %v", after, err)
		}
	}
	whole("the start")
	file, log := w.size(t, ""), int64(0)
	for _, query := range []string{
		"INSERT INTO t VALUES (zeroblob(8000000))", "PRAGMA journal_size_limit = 100000", "DELETE FROM t", "PRAGMA incremental_vacuum",
		"PRAGMA wal_checkpoint(PASSIVE)", "INSERT INTO t VALUES (zeroblob(9000))", "PRAGMA wal_checkpoint(RESTART)",
		"INSERT INTO t VALUES (zeroblob(9000))", "PRAGMA wal_checkpoint(TRUNCATE)", "INSERT INTO t VALUES (zeroblob(9))",
	} {
		most := w.size(t, "-wal")
		w.exec(t, query)
		whole(query)
		if now := w.size(t, "-wal"); now < most {
			log++
		}
	}
	if log < 2 || w.size(t, "") >= file {
		t.Errorf("the log was cut %d times, and the file from %d bytes to %d", log, file, w.size(t, ""))
	}
}
