// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// TestBackupOnAFullDisk has no room for a backup. None is made, none is begun, nothing is replaced, and the service goes
// on.
func TestBackupOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := mountDisk(t, "4m")
	dir := filepath.Join(disk, "backups")
	s := serve(t, t.TempDir(), "--backup-to", dir)
	s.enable(object{"engine": "embedded"})
	_, token := s.project("p")
	c := s.as(token)
	c.wants(t, "set", object{"key": "a", "value": 1}, `{"result":"OK"}`)
	small := s.backUp()
	for n := range 60 { // 6 MB that cannot be compressed to less than 3.7
		text := ""
		for len(text) < 100<<10 {
			text += rand.Text()
		}
		c.wants(t, "set", object{"key": fmt.Sprint("large:", n), "value": text}, `{"result":"OK"}`)
	}
	full := func(method, path string, body object) {
		t.Helper()
		r := s.admin().do(t, method, path, body)
		if r.status != http.StatusServiceUnavailable || r.problem().Code != "storage_full" {
			t.Errorf("%s: got %s, want 503 storage_full", path, r)
		}
		if all := s.backups(); len(all) != 1 || all[0] != small {
			t.Errorf("listed: %+v", all)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
			t.Errorf("there is %v, %v", entries, err)
		}
		c.wants(t, "exists", object{"keys": []string{"a", "large:0", "large:59"}}, `{"exists":3}`)
		c.wants(t, "incr", object{"key": "counter"}, fmt.Sprintf(`{"value":%d}`, counted(t, c)+1))
	}
	empty := fillDisk(t, disk)
	full(http.MethodPost, "/api/kv/backups", object{}) // not even a beginning
	empty()
	fill := filepath.Join(disk, "others")
	if err := os.WriteFile(fill, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	full(http.MethodPost, "/api/kv/backups", object{})                    // half of it
	full(http.MethodPost, restorePath(small.ID), object{"replace": true}) // of what it would replace, too
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	if b := s.backUp(); b.Keys != 62 {
		t.Errorf("made %+v", b)
	}
	s.lives()
}

// counted returns what the counter of the test stands at.
func counted(t *testing.T, c caller) (n int64) {
	t.Helper()
	var counter struct{ Value int64 }
	c.kv(t, "get", object{"key": "counter"}).decode(t, &counter)
	return counter.Value
}
