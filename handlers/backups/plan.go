// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// lookTime is how often the plan is looked at: another server may have changed it, or made the backup.
const lookTime = 10 * time.Second

// Plan returns when the service is backed up by itself, and how that went. Errors: those of the control data.
func (s *Service) Plan(ctx context.Context) (kv.BackupPlan, error) { return s.control.BackupPlan(ctx) }

// SetPlan changes when that is, and how many backups of that kind are kept, as f does. The first backup of another plan
// is made soon. Errors: ErrBusy if others change it all the time; those of the control data.
func (s *Service) SetPlan(ctx context.Context, f func(*kv.BackupPlan)) (kv.BackupPlan, error) {
	plan, err := s.change(ctx, func(p *kv.BackupPlan) {
		before := p.Every
		if f(p); p.Every != before {
			p.Since, p.LastAttempt, p.LastError = now(), time.Time{}, "" // it may be the second of an attempt
		}
	})
	if err == nil {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	return plan, err
}

// change changes the plan, whoever else does so.
func (s *Service) change(ctx context.Context, f func(*kv.BackupPlan)) (kv.BackupPlan, error) {
	for range 10 {
		before, err := s.control.BackupPlan(ctx)
		if err != nil {
			return before, err
		}
		after := before
		f(&after)
		if done, err := s.control.SwapBackupPlan(ctx, before, after); done || err != nil {
			return after, err
		}
	}
	return kv.BackupPlan{}, kv.Refuse(kv.ErrBusy, "others change the plan of backups at the same time: try again")
}

// note changes what the plan tells of what happened. That it fails is no reason to fail in what happened.
func (s *Service) note(ctx context.Context, f func(*kv.BackupPlan)) {
	if _, err := s.change(ctx, f); err != nil {
		s.log.Warn("the plan of backups does not tell how the last one went", "error", err)
	}
}

// Run makes backups by the plan until ctx ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(lookTime)
	defer tick.Stop()
	for {
		if err := s.runDue(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("backup by the plan", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
	}
}

// runDue makes a backup if it is time and no other server is about to. While the service is off nothing changes, and
// nothing is due; while it comes up, a backup would only fail.
func (s *Service) runDue(ctx context.Context) error {
	before, err := s.control.BackupPlan(ctx)
	if err != nil {
		return err
	}
	started := now()
	if due := before.Next(); due.IsZero() || started.Before(due) || !s.up() {
		return nil
	}
	claimed := before
	claimed.LastAttempt, claimed.LastError = started, ""
	if first, err := s.control.SwapBackupPlan(ctx, before, claimed); err != nil || !first {
		return err
	}
	_, err = s.makeBackup(ctx, 0, Scheduled)
	if ctx.Err() != nil {
		return nil
	}
	s.note(ctx, func(p *kv.BackupPlan) { p.LastError = explain(err) })
	if err != nil {
		return err
	}
	return s.prune(ctx, claimed.Keep)
}

// up tells whether there is a store.
func (s *Service) up() bool {
	lease, err := s.service.Acquire()
	if err == nil {
		lease.Release()
	}
	return err == nil
}

// explain returns what an error says to an operator: its detail, which was written for readers.
func explain(err error) string {
	var refusal *kv.Refusal
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refusal):
		return refusal.Detail
	}
	return "the log of the server tells what went wrong"
}
