// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tempskv/tempskv/infra/sqlite"
)

// logOf returns the log of an open file that exec wrote some rows to.
func logOf(t *testing.T, d *sqlite.DB, p string) []byte {
	t.Helper()
	for range 20 {
		exec(t, d, "INSERT INTO t (n) SELECT coalesce(max(n), 0) + 1 FROM t")
	}
	text, err := os.ReadFile(p + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestReadWAL(t *testing.T) {
	t.Parallel()
	p := path(t)
	d := open(t, p, createTable)
	first := logOf(t, d, p)
	exec(t, d, "PRAGMA wal_checkpoint(RESTART)")
	again := logOf(t, d, p) // begun again, over a longer one
	if len(first) == 0 || len(again) < len(first) {
		t.Fatalf("logs of %d and %d bytes", len(first), len(again))
	}
	flipped := func(at int) []byte {
		text := slices.Clone(first)
		text[at] ^= 1
		return text
	}
	garbage := bytes.Repeat([]byte("garbage!"), 1000)
	for name, tt := range map[string]struct {
		log  []byte
		want sqlite.WAL
	}{
		"none":                    {nil, sqlite.WAL{}},
		"whole":                   {first, sqlite.WAL{}},
		"begun again":             {again, sqlite.WAL{}},
		"cut off":                 {first[:len(first)-100], sqlite.WAL{Invalid: true}},
		"cut off at a frame":      {first[:32+4120], sqlite.WAL{}},
		"zeros behind it":         {append(slices.Clone(first), make([]byte, 10_000)...), sqlite.WAL{}},
		"zeros alone":             {make([]byte, 10_000), sqlite.WAL{}},
		"a flipped byte":          {flipped(32 + 2*4120 + 500), sqlite.WAL{Invalid: true}},
		"a flipped byte in a sum": {flipped(32 + 2*4120 + 17), sqlite.WAL{Invalid: true}},
		"a flipped header":        {flipped(25), sqlite.WAL{Damaged: true}},
		"garbage behind it":       {append(slices.Clone(first), garbage...), sqlite.WAL{Foreign: int64(len(garbage))}},
		"garbage alone":           {garbage, sqlite.WAL{Damaged: true}},
		"a little garbage":        {garbage[:20], sqlite.WAL{Damaged: true}},
	} {
		at := filepath.Join(t.TempDir(), "f.db")
		if err := os.WriteFile(at+"-wal", tt.log, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := sqlite.ReadWAL(at); got != tt.want || err != nil {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, tt.want)
		}
	}
	if got, err := sqlite.ReadWAL(filepath.Join(t.TempDir(), "f.db")); got != (sqlite.WAL{}) || err != nil {
		t.Errorf("without a log: %+v, %v", got, err)
	}
}

func TestCommits(t *testing.T) {
	t.Parallel()
	p := path(t)
	if _, ok, err := sqlite.ReadCommits(p); ok || err != nil {
		t.Errorf("without a count: %v, %v", ok, err)
	}
	c, err := sqlite.OpenCommits(p, sqlite.Count{ID: "0123456789abcdef", N: 7})
	if err != nil {
		t.Fatal(err)
	}
	want := sqlite.Count{ID: "0123456789abcdef", N: 123456789012}
	if err := c.Set(want); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := sqlite.ReadCommits(p); got != want || !ok || err != nil { // as after a kill
		t.Errorf("got %+v, %v, %v", got, ok, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(sqlite.CommitsPath(p), make([]byte, 40), 0o600); err != nil { // as after a loss of power
		t.Fatal(err)
	}
	if _, ok, err := sqlite.ReadCommits(p); ok || err != nil {
		t.Errorf("of zeros: %v, %v", ok, err)
	}
}
