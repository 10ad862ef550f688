// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"testing"
	"time"
)

// manyProjects and keysOfEach are what TestLargeBackup goes through: 200,000 keys.
const (
	manyProjects = 2
	keysOfEach   = 100_000
)

// TestLargeBackup tells how long a large backup takes, its verification and its restore, and how much memory.
func TestLargeBackup(t *testing.T) {
	forEachEngine(t, func(t *testing.T, settings object) {
		s := serve(t, t.TempDir())
		s.enable(settings)
		tenants := filled(t, s, manyProjects, keysOfEach)
		now, peak := s.memory()
		t.Logf("%d keys: %d MiB are resident, %d were at the peak", manyProjects*keysOfEach, now>>20, peak>>20)
		took := func(what string, do func()) {
			begun := time.Now()
			do()
			now, peak := s.memory()
			t.Logf("%s: %v; %d MiB are resident, %d were at the peak", what, time.Since(begun).Round(time.Millisecond), now>>20, peak>>20)
		}
		var b backup
		took("create", func() { s.admin().must(t, "POST", "/api/kv/backups", object{}, &b) })
		took("verify", func() { s.verify(b.ID) })
		took("restore, with a backup of what it replaces", func() { s.restore(b.ID, object{"replace": true}) })
		t.Logf("the backup has %d bytes", b.Size)
		if b.Keys != manyProjects*keysOfEach {
			t.Errorf("made %+v", b)
		}
		for n, one := range tenants {
			if got := digestMany(t, one.caller, keysOfEach); got != one.digest {
				t.Errorf("project %d does not hold the keys that it should", n+1)
			}
		}
	})
}
