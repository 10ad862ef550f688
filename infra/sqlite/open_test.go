// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

const createTable = "CREATE TABLE t (n INTEGER PRIMARY KEY, parent INTEGER REFERENCES t)"

func open(t *testing.T, path string, migrations ...string) *sqlite.DB {
	t.Helper()
	d, err := sqlite.Open(t.Context(), path, migrations)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func count(t *testing.T, d *sqlite.DB) (n int) {
	t.Helper()
	if err := d.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func exec(t *testing.T, d *sqlite.DB, query string) {
	t.Helper()
	if _, err := d.Write.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

// The name has characters with a meaning in a URI.
func path(t *testing.T) string { return filepath.Join(t.TempDir(), "da ta?mode=ro#%41.db") }

func TestSettings(t *testing.T) {
	t.Parallel()
	d := open(t, path(t), createTable)
	want := map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "temp_store": "2",
	}
	got := map[string]string{}
	for name := range want {
		var v string
		if err := d.Write.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&v); err != nil {
			t.Fatal(err)
		}
		got[name] = v
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := d.Read.ExecContext(t.Context(), "INSERT INTO t VALUES (1, NULL)"); err == nil {
		t.Error("a read connection wrote")
	}
	if _, err := d.Write.ExecContext(t.Context(), "INSERT INTO t VALUES (1, 7)"); err == nil {
		t.Error("foreign keys are off")
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	p := path(t)
	d := open(t, p, createTable)
	exec(t, d, "INSERT INTO t VALUES (1, NULL)")
	names, err := filepath.Glob(filepath.Join(filepath.Dir(p), "*"))
	if err != nil || len(names) != 3 {
		t.Fatalf("files %q, %v; want the database, its log and the log's index", names, err)
	}
	for _, name := range names {
		fi, err := os.Stat(name)
		if err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, fi.Mode(), err)
		}
	}
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	p := path(t)
	first, second := createTable, "INSERT INTO t VALUES (1, NULL), (2, NULL)"

	d := open(t, p, first)
	if got := count(t, d); got != 0 {
		t.Errorf("after the first migration: %d rows", got)
	}
	d.Close()
	for range 2 { // the second time nothing is run again
		d = open(t, p, first, second)
		if got := count(t, d); got != 2 {
			t.Errorf("after both migrations: %d rows", got)
		}
		d.Close()
	}

	_, err := sqlite.Open(t.Context(), p, []string{first})
	if !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), p) || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a newer file: %v", err)
	}
	if _, err := sqlite.Open(t.Context(), p, []string{first, second, "DELETE FROM t", "no SQL"}); err == nil {
		t.Error("a migration that fails was passed over")
	}
	if got := count(t, open(t, p, first, second)); got != 2 {
		t.Errorf("a migration that failed left %d rows", got)
	}
}

func TestOpenRefusals(t *testing.T) {
	t.Parallel()
	notADatabase := path(t)
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{notADatabase, filepath.Join(t.TempDir(), "missing", "data.db"), t.TempDir()} {
		_, err := sqlite.Open(t.Context(), p, nil)
		if r, ok := errors.AsType[*kv.Refusal](err); !ok || r.Kind != kv.ErrUnavailable || !strings.Contains(r.Detail, p) {
			t.Errorf("%s: %v; want a refusal that names it", p, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sqlite.Open(ended, path(t), nil); !errors.Is(err, kv.ErrTimeout) {
		t.Errorf("with an ended context: %v", err)
	}
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	t.Parallel()
	d := open(t, path(t), createTable)
	tx, err := d.Write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), "INSERT INTO t VALUES (1, NULL)"); err != nil {
		t.Fatal(err)
	}
	if got := count(t, d); got != 0 {
		t.Errorf("a reader saw %d rows that are not committed", got)
	}
}
