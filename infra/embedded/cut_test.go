// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// A store whose file or log was truncated accepts no write any more, and its error names the command to type.
func TestCutFileTakesNoWrites(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{"", "-wal"} {
		path := filepath.Join(t.TempDir(), "data.db")
		var blocked atomic.Pointer[string]
		s, err := embedded.Open(t.Context(), path, embedded.Config{Block: func(detail string) { blocked.Store(&detail) }})
		if err != nil {
			t.Fatal(err)
		}
		set := func() error {
			_, err := s.Set(t.Context(), 1, "k", kv.Value("1"), kv.SetOptions{})
			return err
		}
		if err := set(); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path+ending, 0); err != nil {
			t.Fatal(err)
		}
		const advice = "tempskv backup restore ID --replace"
		for range 3 {
			if err := set(); !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), advice) {
				t.Errorf("%q: %v", ending, err)
			}
		}
		err = s.Export(t.Context(), 0, func([]kv.Record) error { return nil })
		if !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), advice) {
			t.Errorf("%q: an export: %v", ending, err)
		}
		if _, err := s.Get(t.Context(), 1, "k"); !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), advice) {
			t.Errorf("%q: a read: %v", ending, err)
		}
		if text := *blocked.Load(); !strings.Contains(text, "was cut from") || !strings.Contains(text, advice) {
			t.Errorf("%q: blocked: %q", ending, text)
		}
		_ = s.Close() // which may find the file damaged
	}
}

// All keys are exported after the log, or the file, was removed: it is still open.
func TestRemovedFileIsExported(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{"", "-wal"} {
		path := filepath.Join(t.TempDir(), "data.db")
		s, err := embedded.Open(t.Context(), path, embedded.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Set(t.Context(), 1, "k", kv.Value("1"), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path + ending); err != nil {
			t.Fatal(err)
		}
		n := 0
		err = s.Export(t.Context(), 0, func(records []kv.Record) error {
			n += len(records)
			return nil
		})
		if err != nil || n != 1 {
			t.Errorf("%q: %d keys, %v", ending, n, err)
		}
		_ = s.Close()
	}
}

// If there is a directory, or nothing, at the path of the file, the error names the command to type.
func TestNoFileSaysWhatToType(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(path string) error{
		"a directory": func(path string) error { return os.Mkdir(path, 0o700) },
		"a directory as the log": func(path string) error {
			return errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Mkdir(path+"-wal", 0o700))
		},
		"an empty file":              func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"a file that is no database": func(path string) error { return os.WriteFile(path, make([]byte, 5000), 0o600) },
	} {
		dir := t.TempDir()
		if err := put(filepath.Join(dir, "data.db")); err != nil {
			t.Fatal(err)
		}
		e := embedded.NewEngine(dir, embedded.Config{})
		_, err := e.Enable(t.Context(), engine.Settings{Provisioned: true})
		_, examined := e.Examine(t.Context(), engine.Settings{Provisioned: true})
		for _, err := range []error{err, examined} {
			r, ok := errors.AsType[*kv.Refusal](err)
			if !ok || r.Kind != kv.ErrUnavailable || !strings.Contains(r.Detail, "tempskv backup restore ID --replace") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The next start refuses what is left of a truncated file.
func TestCutFileIsRefusedByTheNextStart(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{"", "-wal"} {
		dir := t.TempDir()
		settings := engine.Settings{}
		for range 2 { // so that there are keys in the file, and in the log
			e := embedded.NewEngine(dir, embedded.Config{})
			s, err := e.Enable(t.Context(), settings)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 100 {
				if _, err := s.Set(t.Context(), 1, keyOf(i), valueOf(1000), kv.SetOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			if settings.Provisioned {
				if err := os.Truncate(filepath.Join(dir, "data.db"+ending), 0); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Set(t.Context(), 1, "lost", kv.Value("1"), kv.SetOptions{}); !errors.Is(err, kv.ErrUnavailable) {
					t.Errorf("%q: a write: %v", ending, err)
				}
			}
			_ = e.Disable(t.Context()) // which may find the file damaged
			settings.Provisioned = true
		}
		if _, err := embedded.NewEngine(dir, embedded.Config{}).Enable(t.Context(), settings); err == nil {
			t.Errorf("%q: it is opened", ending)
		}
	}
}
