// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// planTime bounds how long Warnings waits for the control data.
const planTime = time.Second

// Warnings tells what is wrong with the backups, and with the clock that they are planned by. It does not look at the
// files: Run and List do.
func (s *Service) Warnings(ctx context.Context) []kv.Warning {
	all := append(s.steps.warnings(), s.shelf.warnings()...)
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	plan, err := s.Plan(ctx)
	if err != nil || plan.Every == 0 {
		return all // of the control data others tell
	}
	all = append(all, s.shelf.place(plan, s.Location())...)
	if s.unshared != "" {
		all = append(all, kv.WarnBackupPlace.With(s.unshared))
	}
	lease, err := s.service.Acquire()
	if err == nil {
		lease.Release()
	}
	if errors.Is(err, kv.ErrDisabled) { // then there is nothing to be backed up
		return all
	}
	if plan.LastError != "" {
		all = append(all, kv.WarnBackupFailing.With("the last backup failed: "+plan.LastError))
	}
	if plan.Overdue(s.now()) {
		all = append(all, kv.WarnBackupOverdue.With(overdue(plan)))
	}
	return all
}

func overdue(p kv.BackupPlan) string {
	last := "no earlier one is known"
	if !p.LastSuccess.IsZero() {
		last = "the last one is of " + p.LastSuccess.Format(time.RFC3339)
	}
	return fmt.Sprintf("there is no backup of the last %s: %s", p.Every, last)
}
