// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
)

// checkInterval is how often Run checks the schedule: another server may have changed it or made the backup.
const checkInterval = 10 * time.Second

// Schedule returns when backups are made automatically, and how the last one went. Its times follow the current wall
// clock: times written by a wrong clock are corrected, or zero if the real time is not known. Errors: those of the control
// data.
func (s *Manager) Schedule(ctx context.Context) (archive.Schedule, error) {
	raw, err := s.control.BackupSchedule(ctx)
	if err != nil {
		return raw, err
	}
	return s.eventTimes.correct(raw), nil
}

// SetSchedule changes the schedule with f. The first backup of a new interval is made soon. Errors: ErrConflict if the other
// servers cannot see the backups of this one; ErrBusy if others keep changing the schedule; those of the control data.
func (s *Manager) SetSchedule(ctx context.Context, f func(*archive.Schedule)) (archive.Schedule, error) {
	var refused error
	schedule, err := s.change(ctx, func(p *archive.Schedule) {
		before := *p
		if f(p); p.Every != before.Every {
			p.Since, p.LastAttempt, p.LastError = s.now(), time.Time{}, "" // may be the second in which an attempt began
		}
		if refused = s.refuse(*p); refused != nil {
			*p = before
		}
	})
	if err = errors.Join(refused, err); err != nil {
		return schedule, err
	}
	s.eventTimes.forget() // the times that were set are right
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return s.eventTimes.correct(schedule), nil
}

// refuse returns ErrConflict for a schedule whose backups would end up in several places.
func (s *Manager) refuse(p archive.Schedule) error {
	if p.Every == 0 || s.unshared == "" {
		return nil
	}
	return kv.Refuse(kv.ErrConflict, "%s", s.unshared)
}

// change changes the schedule atomically: it tries again if another server changed it at the same time.
func (s *Manager) change(ctx context.Context, f func(*archive.Schedule)) (archive.Schedule, error) {
	for range 10 {
		before, err := s.control.BackupSchedule(ctx)
		if err != nil {
			return before, err
		}
		after := before
		f(&after)
		if done, err := s.control.SwapBackupSchedule(ctx, before, after); done || err != nil {
			return after, err
		}
	}
	return archive.Schedule{}, kv.Refuse(kv.ErrBusy, "the backup schedule is being changed by others: try again")
}

// note records in the schedule what happened. A failure is only logged.
func (s *Manager) note(ctx context.Context, f func(*archive.Schedule)) {
	after, err := s.change(ctx, f)
	if err != nil {
		s.log.Warn("record the result of a backup", "error", err)
		return
	}
	s.eventTimes.correct(after)
}

// Run makes the scheduled backups until ctx ends.
func (s *Manager) Run(ctx context.Context) {
	s.removeLeftovers(ctx)
	tick := time.NewTicker(checkInterval)
	defer tick.Stop()
	for {
		s.clockSteps.check()
		s.refresh(ctx)
		if err := s.runDue(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("scheduled backup", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
	}
}

// runDue makes a backup if one is due and no other server makes it. While the service is off, no key changes and no backup
// is due; while it starts, a backup would only fail.
func (s *Manager) runDue(ctx context.Context) error {
	raw, err := s.control.BackupSchedule(ctx)
	if err != nil {
		return err
	}
	p, started := s.eventTimes.correct(raw), s.now()
	if due := p.Next(); due.IsZero() || started.Before(due) || !s.up() {
		return nil
	}
	claimed := withAttempt(p, started)
	if first, err := s.control.SwapBackupSchedule(ctx, raw, claimed); err != nil || !first {
		return err
	}
	s.eventTimes.correct(claimed)
	made, err := s.makeBackup(ctx, 0, Scheduled)
	if ctx.Err() != nil {
		return nil
	}
	s.note(ctx, func(p *archive.Schedule) {
		if p.LastError = explain(err); err == nil && p.LastSuccess.Before(claimed.LastAttempt) { // the clock was set back
			p.LastSuccess = claimed.LastAttempt
		}
	})
	if err != nil {
		return err
	}
	return s.prune(ctx, made, claimed.Keep)
}

// withAttempt returns the schedule with an attempt that begins at started. No other time in it is later.
func withAttempt(p archive.Schedule, started time.Time) archive.Schedule {
	p.LastAttempt, p.LastError = started, ""
	if p.Since.After(started) {
		p.Since = started
	}
	if !p.LastSuccess.Before(started) {
		p.LastSuccess = started.Add(-time.Millisecond)
	}
	return p
}

// up reports whether there is a store.
func (s *Manager) up() bool {
	lease, err := s.service.Acquire()
	if err == nil {
		lease.Release()
	}
	return err == nil
}

// explain returns the detail of a kv.Refusal, which is written for operators, or a hint to read the log.
func explain(err error) string {
	var refusal *kv.Refusal
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refusal):
		return refusal.Detail
	}
	return "see the log of the server"
}
