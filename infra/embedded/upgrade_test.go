// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/sqlite"
	_ "modernc.org/sqlite" // the driver
)

// format1 is the dump of a file that the program made when there was one migration.
//
//go:embed testdata/format1.sql
var format1 string

// A file of an earlier release keeps its keys, and can be used.
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

// fakeControl are control data that know one file.
type fakeControl struct{ text string }

func (c *fakeControl) ID() string                                       { return "control" }
func (c *fakeControl) Commits() int64                                   { return 5 }
func (c *fakeControl) Document(context.Context, string) (string, error) { return c.text, nil }

func (c *fakeControl) SwapDocument(_ context.Context, _, before, after string) (bool, error) {
	if c.text != before {
		return false, nil
	}
	c.text = after
	return true, nil
}

// A file that gets checksums is still the one that the control data know, and has lost nothing; one that lacks
// transactions is refused as before.
func TestChecksumsAreAddedToTheFileThatIsKnown(t *testing.T) {
	t.Parallel()
	for name, commits := range map[string]string{"whole": "7", "older": "6"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "data.db")
		db, err := sqlite.Open(t.Context(), path, embedded.Migrations[:2])
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Write.ExecContext(t.Context(), "UPDATE usage SET bytes = 66, commits = "+commits+
			"; UPDATE origin SET id = '0123456789abcdef', control = 'control', control_commits = 5"+
			"; INSERT INTO keys (project, name, size, value) VALUES (1, CAST('a' AS BLOB), 66, CAST('1' AS BLOB))")
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		count, err := sqlite.OpenCommits(path, sqlite.Count{ID: "0123456789abcdef", N: 7})
		if err := errors.Join(err, count.Close()); err != nil {
			t.Fatal(err)
		}
		control := &fakeControl{`{"id":"0123456789abcdef","commits":7}`}
		e := embedded.NewEngine(dir, embedded.Config{Control: control})
		s := engine.DefaultSettings()
		s.Provisioned = true
		store, err := e.Enable(t.Context(), s)
		if name == "older" {
			if !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), "6 of at least 7") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := store.Get(t.Context(), 1, "a"); err != nil || string(got) != "1" {
			t.Errorf("got %s, %v", got, err)
		}
		if err := e.Disable(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c, _, err := sqlite.ReadCommits(path); c.ID != "0123456789abcdef" || c.N <= 7 || err != nil {
			t.Errorf("counted: %+v, %v", c, err)
		}
		if !strings.Contains(control.text, `"id":"0123456789abcdef"`) {
			t.Error(control.text)
		}
	}
}
