// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// rows makes a file with so many rows, and closes it.
func rows(t *testing.T, path string, n int) {
	t.Helper()
	d := open(t, path, createTable)
	for range n {
		exec(t, d, "INSERT INTO t VALUES (NULL, NULL)")
	}
	d.Close()
}

// wantRows opens the file, counts, and closes it.
func wantRows(t *testing.T, path string, want int) {
	t.Helper()
	d, err := sqlite.OpenExisting(t.Context(), path, []string{createTable})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got := count(t, d); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
}

func TestReplaceAndPutBack(t *testing.T) {
	t.Parallel()
	p := path(t)
	rows(t, p, 1)
	rows(t, p+".new", 2)
	if err := os.WriteFile(p+".kept", []byte("of an earlier time"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Replace(p, p+".new", p+".kept"); err != nil {
		t.Fatal(err)
	}
	wantRows(t, p, 2)
	wantRows(t, p+".kept", 1)
	for _, ending := range []string{"-wal", "-shm", "-journal"} {
		if err := os.WriteFile(p+ending, []byte("of the new file"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := sqlite.PutBack(p, p+".kept"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"F"}, filesNextTo(t, p)); diff != "" {
		t.Error(diff)
	}
	wantRows(t, p, 1)
}

// If the new file does not exist, the old one stays.
func TestReplaceByNothing(t *testing.T) {
	t.Parallel()
	p := path(t)
	rows(t, p, 1)
	if err := sqlite.Replace(p, p+".new", p+".kept"); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	wantRows(t, p, 1)
}

// The log of a file that another process has open would be applied to a file that replaces it.
func TestSettleRefusesALog(t *testing.T) {
	t.Parallel()
	p := path(t)
	d := open(t, p, createTable)
	other := open(t, p, createTable)
	exec(t, d, "INSERT INTO t VALUES (1, NULL)")
	d.Close()
	err := sqlite.Settle(p)
	if r, ok := errors.AsType[*kv.Refusal](err); !ok || r.Kind != kv.ErrUnavailable || !strings.Contains(r.Detail, p+"-wal") {
		t.Errorf("with a log: %v", err)
	}
	other.Close()
	if err := sqlite.Settle(p); err != nil {
		t.Errorf("without: %v", err)
	}
	if err := sqlite.Remove(p); err != nil || len(filesNextTo(t, p)) > 0 {
		t.Errorf("Remove: %v, there is %q", err, filesNextTo(t, p))
	}
	if err := sqlite.Settle(p); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("a file that is gone: %v", err)
	}
}
