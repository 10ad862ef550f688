// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"database/sql"
	_ "embed"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
	_ "modernc.org/sqlite" // the driver
)

// format1 is the dump of a file that the program made when there was one migration.
//
//go:embed testdata/format1.sql
var format1 string

// The keys of a file of an earlier release are there, and it goes on.
func TestFilesOfEarlierReleases(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), format1); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := embedded.Open(t.Context(), path, embedded.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, err := s.Get(t.Context(), 1, "greeting"); err != nil || string(got) != `"hello"` {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := s.Set(t.Context(), 1, "n", kv.Value("1"), kv.SetOptions{}); err != nil {
		t.Error(err)
	}
	if n, err := s.Incr(t.Context(), 1, "n", 1, 0); err != nil || n != 2 {
		t.Errorf("got %d, %v", n, err)
	}
}
