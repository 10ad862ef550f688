// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// The log is cut short although there is no moment without a scan, which is all that SQLite would wait for.
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
	const long = 33 << 20
	await := func(what string, holds func(size int64) bool) {
		t.Helper()
		for deadline := time.Now().Add(60 * time.Second); ; {
			if _, err := s.Set(t.Context(), 1, "large", valueOf(1<<20), kv.SetOptions{}); err != nil {
				t.Fatal(err)
			}
			fi, err := os.Stat(filepath.Join(dir, "data.db-wal"))
			if err != nil {
				t.Fatal(err)
			}
			if holds(fi.Size()) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("the log did not get %s: %d bytes", what, fi.Size())
			}
		}
	}
	await("long", func(size int64) bool { return size > long })
	await("short again", func(size int64) bool { return size < long })
}
