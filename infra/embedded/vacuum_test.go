// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// The file gets smaller once keys are deleted, while others are written and read, and is intact.
func TestDeletedKeysGiveRoomBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	s, err := embedded.Open(t.Context(), path, embedded.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	size := func() int64 {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	const keys = 600 // of each of two projects: more than the log holds
	for i := range keys {
		for p := kv.ProjectID(1); p <= 2; p++ {
			if _, err := s.Set(t.Context(), p, kv.Key(fmt.Sprint("k", i)), valueOf(100_000), kv.SetOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	await(t, "the file grows", func() bool { return size() > 70<<20 })
	if err := s.DeleteProject(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	n := 0
	await(t, "the file shrinks", func() bool {
		n++
		if _, err := s.Set(t.Context(), 3, kv.Key(fmt.Sprint("m", n%100)), valueOf(100), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
		return size() < 68<<20
	})
	for i := range keys {
		if v, err := s.Get(t.Context(), 2, kv.Key(fmt.Sprint("k", i))); err != nil || len(v) != 100_000 {
			t.Fatalf("%d bytes, %v", len(v), err)
		}
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Error(err)
	}
}

// await waits until f reports true.
func await(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !f(); {
		if time.Now().After(deadline) {
			t.Fatalf("%s: it never happened", what)
		}
		<-time.After(10 * time.Millisecond)
	}
}
