// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// schedules checks which schedule is stored, now and after a restart.
func (r *rig) schedules(want kv.BackupSchedule) {
	r.Helper()
	for range 2 {
		got, err := r.BackupSchedule(r.Context())
		r.ok(err)
		r.equal("schedule", got, want)
		r.restart()
	}
}

// swaps swaps one schedule for another, and checks whether that succeeds.
func (r *rig) swaps(before, after kv.BackupSchedule, want bool) {
	r.Helper()
	got, err := r.SwapBackupSchedule(r.Context(), before, after)
	r.ok(err)
	r.equal("swapped", got, want)
}

func backupSchedule(r *rig) {
	now := time.Now() // finer than what is kept
	kept := func(t time.Time) time.Time { return t.Truncate(time.Microsecond).UTC() }
	first := kv.BackupSchedule{
		Every: 24 * time.Hour, Keep: 7, Since: now, LastAttempt: now.Add(time.Minute), LastSuccess: now.Add(time.Hour),
		LastError: "the disk is \"full\"\x00, ünd",
	}
	second := kv.BackupSchedule{Every: time.Hour, Since: now}
	stored := first
	stored.Since, stored.LastAttempt, stored.LastSuccess = kept(first.Since), kept(first.LastAttempt), kept(first.LastSuccess)
	r.schedules(kv.BackupSchedule{})
	r.swaps(second, first, false)
	r.schedules(kv.BackupSchedule{})
	r.swaps(kv.BackupSchedule{}, first, true)
	r.schedules(stored)
	r.swaps(kv.BackupSchedule{}, second, false)
	r.schedules(stored)
	r.swaps(first, second, true)
	r.swaps(stored, first, false)
	r.schedules(kv.BackupSchedule{Every: time.Hour, Since: kept(now)})
	r.swaps(second, kv.BackupSchedule{}, true)
	r.schedules(kv.BackupSchedule{})
	// Settings are another thing.
	want := kv.Settings{Enabled: true, Engine: kv.Embedded}
	r.ok(r.SaveSettings(r.Context(), want))
	r.swaps(kv.BackupSchedule{}, first, true)
	got, err := r.Settings(r.Context())
	r.ok(err)
	r.equal("settings", got, want)
	r.schedules(stored)
}

// backupScheduleOnce has several take the same turn: one gets it.
func backupScheduleOnce(r *rig) {
	var callers sync.WaitGroup
	var got atomic.Int32
	for i := range 8 {
		callers.Go(func() {
			swapped, err := r.SwapBackupSchedule(r.Context(), kv.BackupSchedule{}, kv.BackupSchedule{Every: time.Hour, Keep: i})
			r.report(err)
			if swapped {
				got.Add(1)
			}
		})
	}
	callers.Wait()
	r.equal("turns", got.Load(), int32(1))
}
