// SPDX-License-Identifier: Apache-2.0

package meter

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// fineStep is how finely the last hour is remembered, and coarseStep the last day.
	fineStep   = 15 * time.Second
	coarseStep = 5 * time.Minute
	perCoarse  = int64(coarseStep / fineStep)
	// late is how many steps a request may be behind others and count as one of the current step. One that is further behind
	// means that the clock was set back.
	late = 4
)

// series counts the requests of the last day. What it counted since it began is compared at the end of each step.
type series struct {
	step            atomic.Int64 // the current one, since 1970, in fineStep
	refused, faults atomic.Uint32
	took            [2][latencyClasses]atomic.Uint32 // of reads, and of writes; these counts wrap

	ending sync.Mutex // held while a step is ended, or read
	fine   ring
	coarse ring
}

func newSeries(now time.Time) *series {
	s := &series{
		fine:   ring{points: make([]point, time.Hour/fineStep+1)},
		coarse: ring{points: make([]point, 24*time.Hour/coarseStep+1)},
	}
	s.step.Store(fineStepOf(now))
	return s
}

func fineStepOf(now time.Time) int64 { return now.UnixNano() / int64(fineStep) }

// record counts a request that ended in a step.
func (s *series) record(step int64, took time.Duration, write bool, status int) {
	if s.step.Load() != step {
		s.end(step)
	}
	kind := 0
	if write {
		kind = 1
	}
	s.took[kind][latencyClass(took)].Add(1)
	switch {
	case status >= 500:
		s.faults.Add(1)
	case status >= 400:
		s.refused.Add(1)
	}
}

// end makes step the current one, if that is over.
func (s *series) end(step int64) {
	s.ending.Lock()
	defer s.ending.Unlock()
	s.endLocked(step)
}

func (s *series) endLocked(step int64) {
	current := s.step.Load()
	if step <= current && current-step <= late {
		return
	}
	now := s.read()
	s.fine.end(current, &now)
	if step/perCoarse != current/perCoarse {
		s.coarse.end(current/perCoarse, &now)
	}
	s.step.Store(step)
}

// counts are what a series counted up to some time.
type counts struct {
	refused, faults uint32
	took            [2]latencies
}

func (s *series) read() (c counts) {
	c.refused, c.faults = s.refused.Load(), s.faults.Load()
	for kind := range s.took {
		for class := range s.took[kind] {
			c.took[kind][class] = s.took[kind][class].Load()
		}
	}
	return c
}

// ring holds the last steps of one length.
type ring struct {
	past   counts // when the last step ended
	points []point
}

// point is what happened in a step.
type point struct {
	step                           int64
	reads, writes, refused, faults uint32
	p50, p99                       float32 // milliseconds
}

// end ends a step, in which everything since the one before happened.
func (r *ring) end(step int64, now *counts) {
	p := r.since(now)
	p.step, r.past = step, *now
	at := &r.points[step%int64(len(r.points))]
	if at.step == step { // the clock was set back
		p.reads, p.writes, p.refused, p.faults = p.reads+at.reads, p.writes+at.writes, p.refused+at.refused, p.faults+at.faults
		p.p50, p.p99 = max(p.p50, at.p50), max(p.p99, at.p99)
	}
	*at = p
}

// since returns what happened since the last step ended.
func (r *ring) since(now *counts) point {
	p := point{refused: now.refused - r.past.refused, faults: now.faults - r.past.faults}
	var both latencies
	for class := range both {
		reads, writes := now.took[0][class]-r.past.took[0][class], now.took[1][class]-r.past.took[1][class]
		p.reads, p.writes, both[class] = p.reads+reads, p.writes+writes, reads+writes
	}
	p.p50, p.p99 = both.quantile(0.5, p.reads+p.writes), both.quantile(0.99, p.reads+p.writes)
	return p
}
