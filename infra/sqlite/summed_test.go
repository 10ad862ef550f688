// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// openSummed opens a file with checksums until the test ends.
func openSummed(t *testing.T, path string, migrations ...string) *sqlite.DB {
	t.Helper()
	d, err := sqlite.OpenSummed(t.Context(), path, migrations)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// A file of an earlier version is copied into one with checksums, including what is only in its log yet, and is kept.
func TestChecksumsForAFileOfBefore(t *testing.T) {
	t.Parallel()
	p := path(t)
	before := open(t, p, createTable)
	exec(t, before, "INSERT INTO t VALUES (1, NULL), (2, NULL)")
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{".sums.tmp", ".sums.tmp-journal"} { // of a process that was killed
		if err := os.WriteFile(p+left, []byte("left over"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := openSummed(t, p, createTable, second)
	if got := count(t, d); got != 3 || d.Copy != p+".v1" {
		t.Errorf("%d rows, and the copy %q", got, d.Copy)
	}
	if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	var mode, free int
	if err := d.Read.QueryRowContext(t.Context(), "SELECT * FROM pragma_auto_vacuum, pragma_freelist_count").Scan(&mode, &free); err != nil || mode != 2 {
		t.Errorf("auto_vacuum %d, %v", mode, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if got := count(t, open(t, p+".v1", createTable)); got != 2 {
		t.Errorf("%d rows in the copy", got)
	}
	if again := openSummed(t, p, createTable, second); again.Copy != "" || count(t, again) != 3 {
		t.Errorf("copied again to %q", again.Copy)
	}
}

// Pages that another program moved from the log of a killed process are accepted; what it wrote, without checksums, while
// the file was closed is not.
func TestAnotherProgram(t *testing.T) {
	t.Parallel()
	for name, killed := range map[string]bool{"after a kill": true, "after the end": false} {
		p := path(t)
		d := openSummed(t, p, createTable)
		commits, err := sqlite.OpenCommits(p, sqlite.Count{ID: "0123456789abcdef", N: 1})
		if err != nil {
			t.Fatal(err)
		}
		exec(t, d, "INSERT INTO t VALUES (1, NULL), (2, NULL)")
		if killed { // what it leaves is what there is now
			p = copyOf(t, p)
		} else if err := errors.Join(d.Close(), commits.Close()); err != nil {
			t.Fatal(err)
		}
		other, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: p}).String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.ExecContext(t.Context(), "INSERT INTO t VALUES (3, NULL)"); err != nil || other.Close() != nil {
			t.Fatal(err)
		}
		again, err := sqlite.OpenSummed(t.Context(), p, []string{createTable})
		var n int
		if err == nil {
			err = sqlite.Err(again.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n))
			again.Close()
		}
		refused := errors.Is(err, kv.ErrDamaged) || errors.Is(err, kv.ErrUnavailable)
		if refused == killed || killed && (err != nil || n != 3) {
			t.Errorf("%s: %d rows, %v", name, n, err)
		}
	}
}

// copyOf copies a file, and what is next to it, to another directory.
func copyOf(t *testing.T, from string) string {
	t.Helper()
	to := path(t)
	for _, ending := range []string{"", "-wal", "-commits"} {
		b, err := os.ReadFile(from + ending)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+ending, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// A closed file leaves nothing next to it, and its damage is found when it is opened or read.
func TestDamagedHeader(t *testing.T) {
	t.Parallel()
	p := path(t)
	d := openSummed(t, p, createTable)
	exec(t, d, "INSERT INTO t VALUES (1, NULL)")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"F"}, filesNextTo(t, p)); diff != "" {
		t.Error(diff)
	}
	whole, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			if err := os.WriteFile(p, b, 0o600); err != nil {
				t.Fatal(err)
			}
			d, err := sqlite.OpenSummed(t.Context(), p, []string{createTable})
			if err == nil {
				t.Errorf("bit %d of byte %d is not missed", bit, i)
				d.Close()
			}
		}
	}
}
