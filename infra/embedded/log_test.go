// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// The log is trimmed although there is no moment without a scan, for which SQLite would wait.
func TestLogIsTrimmed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, embedded.Config{})
	entries := make([]kv.Entry, 5000)
	for i := range entries {
		entries[i] = kv.Entry{Key: keyOf(i), Value: kv.Value("1")}
	}
	if err := s.MSet(t.Context(), 1, entries); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := s.Scan(ctx, 1, "*none", "", 1000); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	const long = 65 << 20
	grow := func() (size int64) {
		t.Helper()
		if _, err := s.Set(t.Context(), 1, "large", valueOf(1<<20), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
		fi, err := os.Stat(filepath.Join(dir, "data.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		return fi.Size()
	}
	// Scans alone may leave a moment on a busy machine, before the log is long; an export leaves none.
	grown := false
	err := s.Export(t.Context(), 0, func([]kv.Record) error {
		for !grown {
			grown = grow() > long
		}
		return nil
	})
	if err != nil || !grown {
		t.Fatalf("Export: %v, the log is long: %t", err, grown)
	}
	for range 120 {
		size := grow()
		if size <= long {
			return
		}
		if size > 4*long { // with a log that nobody trims
			t.Fatalf("the log is not trimmed: %d bytes", size)
		}
	}
	t.Log("on this busy machine there were moments without a scan, in which SQLite began the log again")
}
