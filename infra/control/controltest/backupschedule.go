// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
)

// schedules checks which schedule is stored, now and after a restart.
func (r *rig) schedules(want archive.Schedule) {
	r.Helper()
	for range 2 {
		got, err := r.BackupSchedule(r.Context())
		r.ok(err)
		r.equal("schedule", got, want)
		r.restart()
	}
}

// swaps swaps one schedule for another, and checks whether that succeeds.
func (r *rig) swaps(before, after archive.Schedule, want bool) {
	r.Helper()
	got, err := r.SwapBackupSchedule(r.Context(), before, after)
	r.ok(err)
	r.equal("swapped", got, want)
}

func backupSchedule(r *rig) {
	now := time.Now() // more precise than what is stored
	kept := func(t time.Time) time.Time { return t.Truncate(time.Microsecond).UTC() }
	first := archive.Schedule{
		Every: 24 * time.Hour, Keep: 7, Since: now, LastAttempt: now.Add(time.Minute), LastSuccess: now.Add(time.Hour),
		LastError: "the disk is \"full\"\x00, ünd",
	}
	second := archive.Schedule{Every: time.Hour, Since: now}
	stored := first
	stored.Since, stored.LastAttempt, stored.LastSuccess = kept(first.Since), kept(first.LastAttempt), kept(first.LastSuccess)
	r.schedules(archive.Schedule{})
	r.swaps(second, first, false)
	r.schedules(archive.Schedule{})
	r.swaps(archive.Schedule{}, first, true)
	r.schedules(stored)
	r.swaps(archive.Schedule{}, second, false)
	r.schedules(stored)
	r.swaps(first, second, true)
	r.swaps(stored, first, false)
	r.schedules(archive.Schedule{Every: time.Hour, Since: kept(now)})
	r.swaps(second, archive.Schedule{}, true)
	r.schedules(archive.Schedule{})
	// Settings are separate.
	want := engine.Settings{Enabled: true, Engine: engine.Embedded}
	r.ok(r.SaveSettings(r.Context(), want))
	r.swaps(archive.Schedule{}, first, true)
	got, err := r.Settings(r.Context())
	r.ok(err)
	r.equal("settings", got, want)
	r.schedules(stored)
}

// backupScheduleOnce has several callers swap the same schedule: one succeeds.
func backupScheduleOnce(r *rig) {
	var callers sync.WaitGroup
	var got atomic.Int32
	for i := range 8 {
		callers.Go(func() {
			swapped, err := r.SwapBackupSchedule(r.Context(), archive.Schedule{}, archive.Schedule{Every: time.Hour, Keep: i})
			r.report(err)
			if swapped {
				got.Add(1)
			}
		})
	}
	callers.Wait()
	r.equal("turns", got.Load(), int32(1))
}
