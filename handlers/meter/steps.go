// SPDX-License-Identifier: Apache-2.0

package meter

import "time"

// Step is what happened in one step of a Range.
type Step struct {
	Time          time.Time // when it began, in UTC
	Reads, Writes uint32
	// Refused are those of both that ended in a 4xx, Faults those in a 5xx.
	Refused, Faults uint32
	P50, P99        *float64 // milliseconds; nil without operations
}

// Sum is what happened in a range.
type Sum struct{ Reads, Writes, Refused, Faults uint64 }

// ringOf returns the ring that has the steps of a range, and the number of the current one.
func (s *series) ringOf(now time.Time, r Range) (*ring, int64) {
	step := fineStepOf(now)
	s.endLocked(step)
	if r.Step == coarseStep {
		return &s.coarse, step / perCoarse
	}
	return &s.fine, step
}

func (s *series) over(began, now time.Time, r Range) []Step {
	s.ending.Lock()
	defer s.ending.Unlock()
	ring, current := s.ringOf(now, r)
	first := max(current-int64(r.Length/r.Step), began.UnixNano()/int64(r.Step))
	seen := make([]Step, 0, max(current-first, 0))
	for step := first; step < current; step++ {
		at := Step{Time: time.Unix(0, step*int64(r.Step)).UTC()}
		if p := &ring.points[step%int64(len(ring.points))]; p.step == step {
			at.Reads, at.Writes, at.Refused, at.Faults = p.reads, p.writes, p.refused, p.faults
			if p.reads+p.writes > 0 {
				at.P50, at.P99 = new(float64(p.p50)), new(float64(p.p99))
			}
		}
		seen = append(seen, at)
	}
	return seen
}

// sum adds up a range, with the step that is not over.
func (s *series) sum(now time.Time, r Range) (all Sum) {
	s.ending.Lock()
	defer s.ending.Unlock()
	ring, current := s.ringOf(now, r)
	add := func(p point) {
		all.Reads, all.Writes = all.Reads+uint64(p.reads), all.Writes+uint64(p.writes)
		all.Refused, all.Faults = all.Refused+uint64(p.refused), all.Faults+uint64(p.faults)
	}
	for _, p := range ring.points {
		if p.step >= current-int64(r.Length/r.Step) && p.step < current {
			add(p)
		}
	}
	counted := s.read()
	add(ring.since(&counted))
	return all
}
