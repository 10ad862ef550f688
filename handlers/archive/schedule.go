// SPDX-License-Identifier: Apache-2.0

package archive

import (
	"context"
	"time"
)

// Schedule says when the service is backed up automatically, and how the last attempts went.
type Schedule struct {
	Every time.Duration // whole hours; 0: never
	Keep  int           // how many of these backups are kept; 0: all
	// Since is when Every was last set, LastAttempt when the last scheduled backup began, LastSuccess when the last
	// complete backup of any kind began; LastError is why the last attempt failed, fit to be shown.
	Since, LastAttempt, LastSuccess time.Time
	LastError                       string
}

// How long after a failed attempt the next one comes, at the latest.
const (
	retryTime = 15 * time.Minute
	// cutOffTime applies to an attempt without a result: the server ended, or another server is still making the
	// backup.
	cutOffTime = 2 * time.Hour
)

// Next returns when the next backup is due, the zero time if none is.
func (p Schedule) Next() time.Time {
	switch {
	case p.Every == 0:
		return time.Time{}
	case p.LastAttempt.Before(p.Since):
		return p.Since
	case p.LastError != "":
		return p.LastAttempt.Add(min(p.Every, retryTime))
	case p.LastSuccess.Before(p.LastAttempt):
		return p.LastAttempt.Add(min(p.Every, cutOffTime))
	}
	return p.LastAttempt.Add(p.Every)
}

// At returns the schedule without times later than now, which a wrong clock wrote: a backup is then due.
func (p Schedule) At(now time.Time) Schedule {
	for _, t := range []*time.Time{&p.LastAttempt, &p.LastSuccess} {
		if Impossible(*t, now) {
			*t = time.Time{}
		}
	}
	if Impossible(p.Since, now) {
		p.Since = now
		for _, t := range []time.Time{p.LastAttempt, p.LastSuccess} {
			if !t.IsZero() && t.Before(p.Since) {
				p.Since = t
			}
		}
	}
	return p
}

// Overdue reports whether the last backup is older than it should be by more than half of Every. Times later than now
// count as unknown; if none is known, a backup is overdue.
func (p Schedule) Overdue(now time.Time) bool {
	last := p.LastSuccess
	if Impossible(last, now) {
		last = time.Time{}
	}
	if last.Before(p.Since) && !Impossible(p.Since, now) {
		last = p.Since
	}
	return p.Every > 0 && now.After(last.Add(p.Every+p.Every/2))
}

// Schedules stores the schedule.
type Schedules interface {
	// BackupSchedule returns the stored schedule, the zero value if there is none.
	BackupSchedule(ctx context.Context) (Schedule, error)
	// SwapBackupSchedule replaces before with after, and reports false if the stored schedule is not before.
	SwapBackupSchedule(ctx context.Context, before, after Schedule) (bool, error)
}
