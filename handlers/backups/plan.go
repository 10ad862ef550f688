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

// Plan returns when the service is backed up by itself, and how that went. Its dates are by the wall clock as it is now:
// those that a wrong clock wrote are corrected or, where it is not known when that was, left out. Errors: those of the
// control data.
func (s *Service) Plan(ctx context.Context) (kv.BackupPlan, error) {
	raw, err := s.control.BackupPlan(ctx)
	if err != nil {
		return raw, err
	}
	return s.memory.see(raw), nil
}

// SetPlan changes when that is, and how many backups of that kind are kept, as f does. The first backup of another plan
// is made soon. Errors: ErrConflict if backups are kept where the other servers cannot see them; ErrBusy if others change it all the time; those of the control data.
func (s *Service) SetPlan(ctx context.Context, f func(*kv.BackupPlan)) (kv.BackupPlan, error) {
	var refused error
	plan, err := s.change(ctx, func(p *kv.BackupPlan) {
		before := *p
		if f(p); p.Every != before.Every {
			p.Since, p.LastAttempt, p.LastError = s.now(), time.Time{}, "" // it may be the second of an attempt
		}
		if refused = s.refuse(*p); refused != nil {
			*p = before
		}
	})
	if err = errors.Join(refused, err); err != nil {
		return plan, err
	}
	s.memory.forget() // what was set is meant as it is
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return s.memory.see(plan), nil
}

// refuse returns ErrConflict for a plan whose backups would be in several places.
func (s *Service) refuse(p kv.BackupPlan) error {
	if p.Every == 0 || s.unshared == "" {
		return nil
	}
	return kv.Refuse(kv.ErrConflict, "%s", s.unshared)
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
	after, err := s.change(ctx, f)
	if err != nil {
		s.log.Warn("the plan of backups does not tell how the last one went", "error", err)
		return
	}
	s.memory.see(after)
}

// Run makes backups by the plan until ctx ends.
func (s *Service) Run(ctx context.Context) {
	s.begin(ctx)
	tick := time.NewTicker(lookTime)
	defer tick.Stop()
	for {
		s.steps.look()
		s.refresh(ctx)
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
	raw, err := s.control.BackupPlan(ctx)
	if err != nil {
		return err
	}
	p, started := s.memory.see(raw), s.now()
	if due := p.Next(); due.IsZero() || started.Before(due) || !s.up() {
		return nil
	}
	claimed := claim(p, started)
	if first, err := s.control.SwapBackupPlan(ctx, raw, claimed); err != nil || !first {
		return err
	}
	s.memory.see(claimed)
	made, err := s.makeBackup(ctx, 0, Scheduled)
	if ctx.Err() != nil {
		return nil
	}
	s.note(ctx, func(p *kv.BackupPlan) {
		if p.LastError = explain(err); err == nil && p.LastSuccess.Before(claimed.LastAttempt) { // the clock was set back
			p.LastSuccess = claimed.LastAttempt
		}
	})
	if err != nil {
		return err
	}
	return s.prune(ctx, made, claimed.Keep)
}

// claim returns the plan with an attempt that begins. Nothing else in it is later than that.
func claim(p kv.BackupPlan, started time.Time) kv.BackupPlan {
	p.LastAttempt, p.LastError = started, ""
	if p.Since.After(started) {
		p.Since = started
	}
	if !p.LastSuccess.Before(started) {
		p.LastSuccess = started.Add(-time.Millisecond)
	}
	return p
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
