// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// For SQLite, a file that cannot grow is the same as a full disk. Writes end in ErrStorageFull, what was stored stays,
// and once there is room the same connection can write again.
func TestFullAndRoomAgain(t *testing.T) {
	t.Parallel()
	d := open(t, path(t), "CREATE TABLE t (v BLOB)")
	exec(t, d, "INSERT INTO t VALUES ('kept')")
	exec(t, d, "PRAGMA max_page_count = 20")
	large := "INSERT INTO t VALUES (zeroblob(1000000))"
	if _, err := d.Write.ExecContext(t.Context(), large); !errors.Is(sqlite.Err(err), kv.ErrStorageFull) {
		t.Errorf("on a full disk: %v", sqlite.Err(err))
	}
	if got := count(t, d); got != 1 {
		t.Errorf("%d rows", got)
	}
	if _, err := d.Write.ExecContext(t.Context(), large); !errors.Is(sqlite.CommitErr(err), kv.ErrStorageFull) {
		t.Errorf("a commit on a full disk: %v", sqlite.CommitErr(err))
	}
	exec(t, d, "PRAGMA max_page_count = 100000")
	exec(t, d, large)
}

func TestErrKinds(t *testing.T) {
	t.Parallel()
	d := open(t, path(t), createTable)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, timeout := d.Write.ExecContext(ended, "DELETE FROM t")
	exec(t, d, "PRAGMA query_only = 1")
	_, readOnly := d.Write.ExecContext(t.Context(), "DELETE FROM t")
	_, noTable := d.Write.ExecContext(t.Context(), "DELETE FROM gone")
	_, badSQL := d.Write.ExecContext(t.Context(), "nonsense")
	for _, tt := range []struct {
		name string
		err  error
		want error
	}{
		{"none", nil, nil},
		{"timeout", timeout, kv.ErrTimeout},
		{"deadline", context.DeadlineExceeded, kv.ErrTimeout},
		{"read-only", readOnly, kv.ErrUnavailable},
		{"no rows", sql.ErrNoRows, sql.ErrNoRows},
		{"bad SQL", badSQL, badSQL},
		{"no such table", noTable, kv.ErrDamaged},
		{"twice", sqlite.Err(readOnly), kv.ErrUnavailable},
	} {
		if got := sqlite.Err(tt.err); !errors.Is(got, tt.want) || (tt.err == nil) != (got == nil) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if got := sqlite.CommitErr(timeout); !errors.Is(got, kv.ErrOutcomeUnknown) {
		t.Errorf("a commit that was cut off: %v", got)
	}
	if err := sqlite.CommitErr(nil); err != nil {
		t.Errorf("a commit without an error: %v", err)
	}
	if got := sqlite.Err(badSQL); errors.Is(got, kv.ErrUnavailable) {
		t.Errorf("a mistake in the program came back as %v", got)
	}
}
