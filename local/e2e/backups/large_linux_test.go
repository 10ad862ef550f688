// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package backups_test

import (
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// manyProjects and keysOfEach are the size of TestLargeBackup: 200,000 keys.
const (
	manyProjects = 2
	keysOfEach   = 100_000
)

// TestLargeBackup measures time and memory of a large backup, its verification and its restore.
func TestLargeBackup(t *testing.T) {
	e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
		s := e2e.Serve(t, t.TempDir())
		s.Enable(settings)
		tenants := filled(t, s, manyProjects, keysOfEach)
		now, peak := s.Memory()
		t.Logf("%d keys: %d MiB are resident, %d were at the peak", manyProjects*keysOfEach, now>>20, peak>>20)
		took := func(what string, do func()) {
			begun := time.Now()
			do()
			now, peak := s.Memory()
			t.Logf("%s: %v; %d MiB are resident, %d were at the peak", what, time.Since(begun).Round(time.Millisecond), now>>20, peak>>20)
		}
		var b e2e.Backup
		took("create", func() { s.Admin().Must(t, "POST", "/api/kv/backups", e2e.Object{}, &b) })
		took("verify", func() { s.VerifyBackup(b.ID) })
		took("restore, with a backup of what it replaces", func() { s.Restore(b.ID, e2e.Object{"replace": true}) })
		t.Logf("the backup has %d bytes", b.Size)
		if b.Keys != manyProjects*keysOfEach {
			t.Errorf("made %+v", b)
		}
		for n, one := range tenants {
			if got := e2e.DigestKeys(t, one.Caller, keysOfEach); got != one.digest {
				t.Errorf("project %d does not hold the keys that it should", n+1)
			}
		}
	})
}
