// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"os"
	"strconv"
	"testing"
)

// A log that was long for a moment is truncated.
func TestTrimLog(t *testing.T) {
	t.Parallel()
	p := path(t)
	d := open(t, p, createTable)
	exec(t, d, endlessBut(5000))
	size := func() int64 {
		t.Helper()
		info, err := os.Stat(p + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	if err := d.TrimLog(t.Context(), 100_000); err != nil || size() != before || before == 0 {
		t.Errorf("a short log: %v, %d bytes before, %d after", err, before, size())
	}
	if err := d.TrimLog(t.Context(), 10); err != nil || size() != 0 {
		t.Errorf("a long log: %v, %d bytes left", err, size())
	}
	if got := count(t, d); got != 5000 {
		t.Errorf("%d rows", got)
	}
}

// endlessBut is endless with an end.
func endlessBut(n int) string { return endless + " LIMIT " + strconv.Itoa(n) }
