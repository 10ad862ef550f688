// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// FillDisk takes all the room that is left on the disk. The returned function gives it back.
func FillDisk(t *testing.T, dir string) (empty func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4<<10); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	return func() {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}

// ExpectStorageFull stores keys of that name until the disk is full. It fails the test unless that is reported as it should be,
// and everything else keeps working. How much still fits depends on SQLite, which has free space in its log.
func ExpectStorageFull(t *testing.T, s *Server, c Caller, name string) {
	t.Helper()
	var stored []string
	r := Reply{Status: http.StatusOK}
	for value := strings.Repeat("x", 1<<20); r.Status == http.StatusOK && len(stored) < 100; {
		key := fmt.Sprintf("%s:%d", name, len(stored))
		r = c.KV(t, "set", Object{"key": key, "value": value})
		if r.Status == http.StatusOK {
			stored = append(stored, key)
		} else {
			c.Expect(t, "exists", Object{"keys": []string{key, "before"}}, `{"exists":1}`)
		}
	}
	if r.Status != http.StatusServiceUnavailable || r.Problem().Code != "storage_full" {
		t.Errorf("a write on a full disk: got %s, want 503 storage_full", r)
	}
	if len(stored) > 0 {
		c.Expect(t, "exists", Object{"keys": stored}, fmt.Sprintf(`{"exists":%d}`, len(stored)))
	}
	c.Expect(t, "get", Object{"key": "before"}, `{"value":1}`)
	if st := s.Status(); !st.Enabled || !st.Healthy {
		t.Errorf("the status is %+v", st)
	}
	s.ExpectRunning()
}
