// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// scheduleTimeout bounds how long Warnings waits for the control data.
const scheduleTimeout = time.Second

// Warnings returns what is wrong with the backups, and with the clock that schedules them. It does not list the files: Run
// and List do.
func (s *Manager) Warnings(ctx context.Context) []engine.Warning {
	all := append(s.clockSteps.warnings(), s.catalog.warnings()...)
	ctx, cancel := context.WithTimeout(ctx, scheduleTimeout)
	defer cancel()
	schedule, err := s.Schedule(ctx)
	if err != nil || schedule.Every == 0 {
		return all // others warn of the control data
	}
	all = append(all, s.catalog.locationWarnings(schedule, s.Location())...)
	if s.unshared != "" {
		all = append(all, engine.WarnBackupPlace.With(s.unshared))
	}
	lease, err := s.service.Acquire()
	if err == nil {
		lease.Release()
	}
	if errors.Is(err, kv.ErrDisabled) { // nothing to back up
		return all
	}
	if schedule.LastError != "" {
		all = append(all, engine.WarnBackupFailing.With("the last backup failed: "+schedule.LastError))
	}
	if schedule.Overdue(s.now()) {
		all = append(all, engine.WarnBackupOverdue.With(overdue(schedule)))
	}
	return all
}

func overdue(p archive.Schedule) string {
	last := "no earlier one is known"
	if !p.LastSuccess.IsZero() {
		last = "the last one was made at " + p.LastSuccess.Format(time.RFC3339)
	}
	return fmt.Sprintf("there is no backup of the last %s: %s", p.Every, last)
}
