// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// memory knows how long ago what the plan dates has happened, whatever the clocks were set to since, here or on another
// server. Only what happened before this process began is taken from its date.
type memory struct {
	clock kv.Clock

	mu                      sync.Mutex
	known                   bool
	raw                     kv.BackupPlan
	since, attempt, success moment
	looked                  time.Duration // when raw was seen last
}

// moment is when something happened, by the clocks of this process. The zero value is not known.
type moment struct {
	known   bool
	wall    time.Time
	elapsed time.Duration
}

// maxBackupTime is longer ago than a backup was begun that has just become complete.
const maxBackupTime = 24 * time.Hour

// forget takes the dates of the plan that is seen next as they are.
func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = false
}

// see returns the plan as it would be if this clock had never been wrong: dates that cannot be are left out.
func (m *memory) see(raw kv.BackupPlan) kv.BackupPlan {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, elapsed := m.clock.Wall(), m.clock.Elapsed()
	age := elapsed - m.looked
	m.take(&m.since, m.raw.Since, raw.Since, age, age)
	m.take(&m.attempt, m.raw.LastAttempt, raw.LastAttempt, age, age)
	m.take(&m.success, m.raw.LastSuccess, raw.LastSuccess, maxBackupTime, 0)
	if !m.since.known && !raw.Since.IsZero() {
		m.since = moment{true, now, elapsed}
	}
	m.known, m.raw, m.looked = true, raw, elapsed
	p := raw
	p.Since = m.date(m.since, raw.Since)
	p.LastAttempt = m.date(m.attempt, raw.LastAttempt)
	p.LastSuccess = m.date(m.success, raw.LastSuccess)
	return inOrder(p, raw)
}

// take notes when something happened, if its date is another than before. What was set since the plan was seen last is
// not longer ago than most: else it is taken to be instead.
func (m *memory) take(to *moment, before, after time.Time, most, instead time.Duration) {
	if m.known && before.Equal(after) {
		return
	}
	now, elapsed := m.clock.Wall(), m.clock.Elapsed()
	ago := now.Sub(after)
	switch {
	case after.IsZero() || !m.known && kv.Impossible(after, now):
		*to = moment{}
		return
	case m.known && ago > most:
		ago = instead
	}
	ago = max(ago, 0)
	*to = moment{true, now.Add(-ago), elapsed - ago}
}

// date returns when something happened by the wall clock of now. Small differences are none.
func (m *memory) date(at moment, stored time.Time) time.Time {
	if !at.known {
		return time.Time{}
	}
	now := m.clock.Wall()
	// Of the two the longer one: the one stands still while the machine sleeps, the other may have been set back.
	ago := max(m.clock.Elapsed()-at.elapsed, now.Sub(at.wall))
	t := now.Add(-ago).Truncate(time.Millisecond).UTC()
	if t.Sub(stored).Abs() < kv.MaxSkew/5 {
		return stored
	}
	return t
}

// inOrder makes what is known keep the order that it has in raw, where one clock has written it.
func inOrder(p, raw kv.BackupPlan) kv.BackupPlan {
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
