// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/storetest"
)

// open opens the file in dir; the store is closed with the test.
func open(tb testing.TB, dir string, c embedded.Config) *embedded.Store {
	tb.Helper()
	s, err := embedded.Open(tb.Context(), filepath.Join(dir, "data.db"), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) kv.Store { return open(t, t.TempDir(), embedded.Config{}) })
}

func TestConformanceWithCache(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) kv.Store { return open(t, t.TempDir(), embedded.Config{CacheMemory: 1 << 20}) })
}

// Once a store is closed its file is closed too, and holds all data: there is no log.
func TestCloseLetsGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, embedded.Config{})
	if _, err := s.Set(t.Context(), 1, "k", kv.Value("1"), kv.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 2 { // data.db and the count of its commits
		t.Errorf("files %q, %v", names, err)
	}
}
