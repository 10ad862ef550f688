// SPDX-License-Identifier: Apache-2.0

// Package meter counts requests and how long they take: those on data over the last day, as a whole and by project, for the
// dashboard, and all of them since it began, for metrics. It does so in memory that does not grow, by the standard library
// alone. Package handlers imports it, and whatever shows what it counted.
package meter

import (
	"sync"
	"sync/atomic"
	"time"
)

// Meter counts without a lock on the way of a request. It is made by New.
type Meter struct {
	began    time.Time
	all      *series
	projects projects
	marks    marks

	inFlight     atomic.Int64
	failed       [faults]atomic.Uint64
	codes        [MaxCodes]atomic.Uint64
	hits, misses atomic.Uint64
	adding       sync.Mutex // held while operations is read or added to
	operations   []*Operation
}

// New returns a meter that begins now.
func New(now time.Time) *Meter {
	m := &Meter{began: now, all: newSeries(now)}
	m.projects.series.Store(&map[int64]*series{})
	return m
}

// Range is a time up to now that the meter remembers, in steps.
type Range struct{ Length, Step time.Duration }

// The ranges.
var (
	QuarterHour = Range{15 * time.Minute, fineStep}
	Hour        = Range{time.Hour, fineStep}
	Day         = Range{24 * time.Hour, coarseStep}
)

// Steps returns the steps of a range that are over, oldest first, from the one in which the meter began.
func (m *Meter) Steps(now time.Time, r Range) []Step { return m.all.over(m.began, now, r) }

// ProjectSteps is Steps for one project.
func (m *Meter) ProjectSteps(id int64, now time.Time, r Range) []Step {
	s := (*m.projects.series.Load())[id]
	if s == nil {
		s = newSeries(now)
	}
	return s.over(m.began, now, r)
}

// ProjectSum returns the requests of a project in a range, to within a step.
func (m *Meter) ProjectSum(id int64, now time.Time, r Range) Sum {
	s := (*m.projects.series.Load())[id]
	if s == nil {
		return Sum{}
	}
	return s.sum(now, r)
}
