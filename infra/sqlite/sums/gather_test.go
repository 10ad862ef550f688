// SPDX-License-Identifier: Apache-2.0

package sums_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/infra/sqlite/sums"
)

// What a transaction wrote is in the log when it has committed, as another connection and a killed process would find it, even
// where nothing is synced. One that was undone after it had spilled pages into the log leaves nothing.
func TestGathered(t *testing.T) {
	t.Parallel()
	for _, synchronous := range []string{"FULL", "NORMAL", "OFF"} {
		t.Run(synchronous, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "f.db")
			if err := sums.Make(path); err != nil {
				t.Fatal(err)
			}
			db, reader := open(t, path, writes), open(t, path, checked)
			db.SetMaxOpenConns(1)
			exec(t, db, "PRAGMA synchronous = "+synchronous, "PRAGMA cache_size = 10", "PRAGMA wal_autocheckpoint = 0",
				"CREATE TABLE t (id INTEGER PRIMARY KEY, value BLOB)")
			rows := func(where string, want int64) {
				t.Helper()
				if n, err := read(t, reader, "SELECT count(*) FROM t"); err != nil || n != want {
					t.Errorf("%s: %d rows, %v, want %d", where, n, err, want)
				}
			}
			for round := int64(1); round <= 3; round++ {
				exec(t, db, "BEGIN", fill, "UPDATE t SET value = value || 'x'", "ROLLBACK")
				rows("undone", 120*(round-1))
				exec(t, db, "BEGIN", fill, fmt.Sprintf("UPDATE t SET id = id + %d WHERE id <= 120", 1000*round), "UPDATE t SET value = value || 'y'", "COMMIT")
				rows("committed", 120*round)
				if n := copied(t, path, "SELECT count(*) FROM t"); n != 120*round {
					t.Errorf("round %d: as after a kill there are %d rows", round, n)
				}
				exec(t, db, "UPDATE t SET value = 'one page' WHERE id = (SELECT max(id) FROM t)")
				if n := copied(t, path, "SELECT count(*) FROM t WHERE value = 'one page'"); n != 1 {
					t.Errorf("round %d: as after a kill a small transaction is gone", round)
				}
				exec(t, db, "PRAGMA wal_checkpoint(RESTART)")
				rows("after a checkpoint", 120*round)
			}
			var text string
			if err := reader.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&text); err != nil || text != "ok" {
				t.Errorf("%s, %v", text, err)
			}
		})
	}
}

// copied returns what a query for one number returns of a copy of an open database and its log.
func copied(t *testing.T, path, query string) int64 {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy.db")
	for _, ending := range []string{"", "-wal"} {
		text, err := os.ReadFile(path + ending)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+ending, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db := open(t, to, checked)
	defer db.Close()
	n, err := read(t, db, query)
	if err != nil {
		t.Error(err)
	}
	return n
}
