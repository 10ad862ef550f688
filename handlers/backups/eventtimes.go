// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/archive"
)

// eventTimes knows how long ago the events in the schedule happened, even if clocks were set since, here or on another
// server. The stored times are used only for events before this process started.
type eventTimes struct {
	clock archive.Clock

	mu                      sync.Mutex
	known                   bool
	raw                     archive.Schedule
	since, attempt, success eventTime
	seenAt                  time.Duration // when raw was read
}

// eventTime is when something happened, by the clocks of this process. The zero value means unknown.
type eventTime struct {
	known   bool
	wall    time.Time
	elapsed time.Duration
}

// maxBackupTime is longer than any backup takes.
const maxBackupTime = 24 * time.Hour

// forget makes the next call of correct take the times as they are.
func (e *eventTimes) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.known = false
}

// correct returns the schedule as if this clock had never been wrong. Impossible times become zero.
func (e *eventTimes) correct(raw archive.Schedule) archive.Schedule {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, elapsed := e.clock.Wall(), e.clock.Elapsed()
	age := elapsed - e.seenAt
	e.update(&e.since, e.raw.Since, raw.Since, age, age)
	e.update(&e.attempt, e.raw.LastAttempt, raw.LastAttempt, age, age)
	e.update(&e.success, e.raw.LastSuccess, raw.LastSuccess, maxBackupTime, 0)
	if !e.since.known && !raw.Since.IsZero() {
		e.since = eventTime{true, now, elapsed}
	}
	e.known, e.raw, e.seenAt = true, raw, elapsed
	p := raw
	p.Since = e.date(e.since, raw.Since)
	p.LastAttempt = e.date(e.attempt, raw.LastAttempt)
	p.LastSuccess = e.date(e.success, raw.LastSuccess)
	return inOrder(p, raw)
}

// update sets to if the stored time has changed. An event recorded since the last call happened at most limit ago; a time
// that is longer ago is wrong, and fallback is used instead.
func (e *eventTimes) update(to *eventTime, before, after time.Time, limit, fallback time.Duration) {
	if e.known && before.Equal(after) {
		return
	}
	now, elapsed := e.clock.Wall(), e.clock.Elapsed()
	ago := now.Sub(after)
	switch {
	case after.IsZero() || !e.known && archive.Impossible(after, now):
		*to = eventTime{}
		return
	case e.known && ago > limit:
		ago = fallback
	}
	ago = max(ago, 0)
	*to = eventTime{true, now.Add(-ago), elapsed - ago}
}

// date returns when something happened, by the current wall clock. It ignores small differences from the stored time.
func (e *eventTimes) date(at eventTime, stored time.Time) time.Time {
	if !at.known {
		return time.Time{}
	}
	now := e.clock.Wall()
	// The longer of the two: the monotonic clock stands still while the machine sleeps, the wall clock may have been set back.
	ago := max(e.clock.Elapsed()-at.elapsed, now.Sub(at.wall))
	t := now.Add(-ago).Truncate(time.Millisecond).UTC()
	if t.Sub(stored).Abs() < archive.MaxSkew/5 {
		return stored
	}
	return t
}

// inOrder keeps known times in the order that they have in raw, where a single clock wrote them.
func inOrder(p, raw archive.Schedule) archive.Schedule {
	if p.LastAttempt.IsZero() {
		return p
	}
	if !raw.LastAttempt.Before(raw.Since) && p.Since.After(p.LastAttempt) {
		p.Since = p.LastAttempt
	}
	switch done := !raw.LastSuccess.Before(raw.LastAttempt); {
	case p.LastSuccess.IsZero():
	case done && p.LastSuccess.Before(p.LastAttempt):
		p.LastSuccess = p.LastAttempt
	case !done && !p.LastSuccess.Before(p.LastAttempt):
		p.LastSuccess = p.LastAttempt.Add(-time.Millisecond)
	}
	return p
}
