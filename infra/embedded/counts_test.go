// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/sqlite/sums"
)

// change runs a statement on a file with checksums that is not open: its effect is that of lost writes, which no checksum
// shows.
func change(t *testing.T, path, statement string) {
	t.Helper()
	if err := sums.Register(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?vfs="+sums.WriterVFS)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// Keys that are missing, or too many, make an export fail and are found by the scrub.
func TestCountsAreCompared(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"a key less":           "DELETE FROM keys WHERE project = 2 AND name = CAST('b' AS BLOB)",
		"a project less":       "DELETE FROM keys WHERE project = 2",
		"a key more":           "INSERT INTO keys (project, name, size, value) VALUES (2, CAST('d' AS BLOB), 66, CAST('1' AS BLOB))",
		"a project more":       "INSERT INTO keys (project, name, size, value) VALUES (3, CAST('d' AS BLOB), 66, CAST('1' AS BLOB))",
		"a large value less":   "DELETE FROM large",
		"a value":              "UPDATE keys SET value = CAST('123' AS BLOB) WHERE name = CAST('b' AS BLOB)",
		"another name":         "UPDATE keys SET name = CAST('bbb' AS BLOB) WHERE name = CAST('b' AS BLOB)",
		"a count":              "UPDATE usage SET keys = keys + 1 WHERE project = 2",
		"a sum":                "UPDATE usage SET bytes = bytes - 1 WHERE project = 2",
		"a project's counts":   "DELETE FROM usage WHERE project = 2",
		"counts of a project":  "INSERT INTO usage VALUES (4, 1, 100)",
		"a size, and its sum":  "UPDATE keys SET size = size + 1 WHERE project = 2; UPDATE usage SET bytes = bytes + 3 WHERE project = 2",
		"an answer that lacks": "INSERT INTO usage VALUES (-4, 1, 100)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "data.db")
			s, err := embedded.Open(t.Context(), path, embedded.Config{})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []kv.ProjectID{1, 2} {
				err := s.MSet(t.Context(), p, []kv.Entry{
					{Key: "a", Value: kv.Value("1")}, {Key: "b", Value: kv.Value("2")},
					{Key: "c", Value: kv.Value(`"` + strings.Repeat("c", 1000) + `"`)},
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			whole := func(s *embedded.Store) error {
				return s.Export(t.Context(), 0, func([]kv.Record) error { return nil })
			}
			if err := errors.Join(whole(s), s.Scrub(t.Context()), s.Close()); err != nil {
				t.Fatal(err)
			}
			change(t, path, statement)
			if s, err = embedded.Open(t.Context(), path, embedded.Config{}); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			exported, scrubbed := whole(s), s.Scrub(t.Context())
			if !errors.Is(exported, kv.ErrDamaged) && !errors.Is(scrubbed, kv.ErrDamaged) {
				t.Errorf("export %v, scrub %v", exported, scrubbed)
			}
			if !strings.Contains(name, "answer") && !errors.Is(exported, kv.ErrDamaged) {
				t.Errorf("it was exported: %v", exported)
			}
		})
	}
}

// A file of an earlier release whose usage differs from its keys is refused.
func TestDamagedFileOfAnEarlierRelease(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), format1+"; DELETE FROM keys WHERE name = CAST('greeting' AS BLOB)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = embedded.Open(t.Context(), path, embedded.Config{})
	if !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("got %v", err)
	}
}
