// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// plans checks which plan is stored, now and after a restart.
func (r *rig) plans(want kv.BackupPlan) {
	r.Helper()
	for range 2 {
		got, err := r.BackupPlan(r.Context())
		r.ok(err)
		r.equal("plan", got, want)
		r.restart()
	}
}

// swaps swaps one plan for another, and checks whether that succeeds.
func (r *rig) swaps(before, after kv.BackupPlan, want bool) {
	r.Helper()
	got, err := r.SwapBackupPlan(r.Context(), before, after)
	r.ok(err)
	r.equal("swapped", got, want)
}

func backupPlan(r *rig) {
	now := time.Now() // finer than what is kept
	kept := func(t time.Time) time.Time { return t.Truncate(time.Microsecond).UTC() }
	first := kv.BackupPlan{
		Every: 24 * time.Hour, Keep: 7, Since: now, LastAttempt: now.Add(time.Minute), LastSuccess: now.Add(time.Hour),
		LastError: "the disk is \"full\"\x00, ünd",
	}
	second := kv.BackupPlan{Every: time.Hour, Since: now}
	stored := first
	stored.Since, stored.LastAttempt, stored.LastSuccess = kept(first.Since), kept(first.LastAttempt), kept(first.LastSuccess)
	r.plans(kv.BackupPlan{})
	r.swaps(second, first, false)
	r.plans(kv.BackupPlan{})
	r.swaps(kv.BackupPlan{}, first, true)
	r.plans(stored)
	r.swaps(kv.BackupPlan{}, second, false)
	r.plans(stored)
	r.swaps(first, second, true)
	r.swaps(stored, first, false)
	r.plans(kv.BackupPlan{Every: time.Hour, Since: kept(now)})
	r.swaps(second, kv.BackupPlan{}, true)
	r.plans(kv.BackupPlan{})
	// Settings are another thing.
	want := kv.Settings{Enabled: true, Engine: kv.Embedded}
	r.ok(r.SaveSettings(r.Context(), want))
	r.swaps(kv.BackupPlan{}, first, true)
	got, err := r.Settings(r.Context())
	r.ok(err)
	r.equal("settings", got, want)
	r.plans(stored)
}

// backupPlanOnce has several take the same turn: one gets it.
func backupPlanOnce(r *rig) {
	var callers sync.WaitGroup
	var got atomic.Int32
	for i := range 8 {
		callers.Go(func() {
			swapped, err := r.SwapBackupPlan(r.Context(), kv.BackupPlan{}, kv.BackupPlan{Every: time.Hour, Keep: i})
			r.report(err)
			if swapped {
				got.Add(1)
			}
		})
	}
	callers.Wait()
	r.equal("turns", got.Load(), int32(1))
}
