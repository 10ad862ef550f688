// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package backups_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestBackupOnAFullDisk has no space for a backup. None is made, nothing is replaced, and the service keeps running.
func TestBackupOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := e2e.MountDisk(t, "4m")
	dir := filepath.Join(disk, "backups")
	s := e2e.Serve(t, t.TempDir(), "--backup-to", dir)
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	c := s.As(token)
	c.Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	small := s.CreateBackup()
	for n := range 60 { // 6 MB that cannot be compressed to less than 3.7
		text := ""
		for len(text) < 100<<10 {
			text += rand.Text()
		}
		c.Expect(t, "set", e2e.Object{"key": fmt.Sprint("large:", n), "value": text}, `{"result":"OK"}`)
	}
	full := func(method, path string, body e2e.Object) {
		t.Helper()
		r := s.Admin().Do(t, method, path, body)
		if r.Status != http.StatusServiceUnavailable || r.Problem().Code != "storage_full" {
			t.Errorf("%s: got %s, want 503 storage_full", path, r)
		}
		if all := s.Backups(); len(all) != 1 || all[0] != small {
			t.Errorf("listed: %+v", all)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
			t.Errorf("there is %v, %v", entries, err)
		}
		c.Expect(t, "exists", e2e.Object{"keys": []string{"a", "large:0", "large:59"}}, `{"exists":3}`)
		c.Expect(t, "incr", e2e.Object{"key": "counter"}, fmt.Sprintf(`{"value":%d}`, counted(t, c)+1))
	}
	empty := e2e.FillDisk(t, disk)
	full(http.MethodPost, "/api/kv/backups", e2e.Object{}) // not even a beginning
	empty()
	fill := filepath.Join(disk, "others")
	if err := os.WriteFile(fill, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	full(http.MethodPost, "/api/kv/backups", e2e.Object{})                        // half of it
	full(http.MethodPost, e2e.RestorePath(small.ID), e2e.Object{"replace": true}) // of what it would replace, too
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	if b := s.CreateBackup(); b.Keys != 62 {
		t.Errorf("made %+v", b)
	}
	s.ExpectRunning()
}

// counted returns the value of the counter of the test.
func counted(t *testing.T, c e2e.Caller) (n int64) {
	t.Helper()
	var counter struct{ Value int64 }
	c.KV(t, "get", e2e.Object{"key": "counter"}).Decode(t, &counter)
	return counter.Value
}
