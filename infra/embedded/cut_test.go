// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// A file that somebody cuts, or its log, takes no write from then on, and says what to type.
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
		if text := *blocked.Load(); !strings.Contains(text, "was cut from") || !strings.Contains(text, advice) {
			t.Errorf("%q: blocked: %q", ending, text)
		}
		_ = s.Close() // which may find the file damaged
	}
}

// All keys are exported where the log, or the file, was removed: it is still open.
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
