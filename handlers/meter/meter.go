// SPDX-License-Identifier: Apache-2.0

// Package meter counts requests and how long they take: those on data over the last hour, for the dashboard, and all of
// them since it began, for metrics. It does so in memory that does not grow, by the standard library alone. Package
// handlers imports it, and whatever shows what it counted.
package meter

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// StepTime is how finely the last hour is remembered.
	StepTime = 15 * time.Second
	steps    = int64(time.Hour / StepTime)
	// latencies are counted by microseconds, four classes to each doubling, up to 2^26: a minute.
	classesPerDoubling = 4
	latencyClasses     = 26 * classesPerDoubling
)

// Meter counts without a lock on the way of a request. It is made by New.
type Meter struct {
	began time.Time
	clear sync.Mutex // held while a slot is cleared for another step
	ring  [steps + 1]slot

	inFlight   atomic.Int64
	failed     [faults]atomic.Uint64
	adding     sync.Mutex // held while operations is read or added to
	operations []*Operation
}

// New returns a meter that begins now.
func New(now time.Time) *Meter { return &Meter{began: now} }

// slot is one step.
type slot struct {
	step                  atomic.Int64 // since 1970, in StepTime
	reads, writes, faults atomic.Uint32
	latency               [latencyClasses]atomic.Uint32
}

// record counts an operation on data that ended now.
func (m *Meter) record(now time.Time, took time.Duration, write, fault bool) {
	s := m.at(now.UnixNano() / int64(StepTime))
	if write {
		s.writes.Add(1)
	} else {
		s.reads.Add(1)
	}
	if fault {
		s.faults.Add(1)
	}
	s.latency[latencyClass(took)].Add(1)
}

// at returns the slot of a step, cleared if it was an earlier one's.
func (m *Meter) at(step int64) *slot {
	s := &m.ring[step%int64(len(m.ring))]
	if s.step.Load() == step {
		return s
	}
	m.clear.Lock()
	defer m.clear.Unlock()
	if s.step.Load() != step {
		s.reads.Store(0)
		s.writes.Store(0)
		s.faults.Store(0)
		for i := range s.latency {
			s.latency[i].Store(0)
		}
		s.step.Store(step)
	}
	return s
}

// latencyClass returns the class of a duration: its highest bits.
func latencyClass(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 1))
	doubling := bits.Len64(us) - 1
	fraction := int(us<<2>>doubling) & (classesPerDoubling - 1)
	return min(doubling*classesPerDoubling+fraction, latencyClasses-1)
}

// classMiddle returns the middle of a class in milliseconds.
func classMiddle(class int) float64 {
	doubling, fraction := class/classesPerDoubling, class%classesPerDoubling
	low := math.Ldexp(1+float64(fraction)/classesPerDoubling, doubling)
	return (low + math.Ldexp(1, doubling)/(2*classesPerDoubling)) / 1000
}

// Step is what happened in one StepTime.
type Step struct {
	Time                  time.Time // when it began, in UTC
	Reads, Writes, Faults uint32
	P50, P99              *float64 // milliseconds; nil without operations
}

// Hour returns the steps of the last hour that are over, oldest first, from the first that the meter saw whole.
func (m *Meter) Hour(now time.Time) []Step {
	current := now.UnixNano() / int64(StepTime)
	first := max(current-steps, (m.began.UnixNano()+int64(StepTime)-1)/int64(StepTime))
	seen := make([]Step, 0, max(current-first, 0))
	for step := first; step < current; step++ {
		at := Step{Time: time.Unix(0, step*int64(StepTime)).UTC()}
		if s := &m.ring[step%int64(len(m.ring))]; s.step.Load() == step {
			at.Reads, at.Writes, at.Faults = s.reads.Load(), s.writes.Load(), s.faults.Load()
			at.P50, at.P99 = s.quantile(0.5), s.quantile(0.99)
		}
		seen = append(seen, at)
	}
	return seen
}

// quantile returns the latency that the share q of the operations did not exceed, within an eighth.
func (s *slot) quantile(q float64) *float64 {
	total := uint32(0)
	for i := range s.latency {
		total += s.latency[i].Load()
	}
	if total == 0 {
		return nil
	}
	rank := uint32(math.Ceil(q * float64(total)))
	for i := range s.latency {
		n := s.latency[i].Load()
		if n >= rank {
			return new(classMiddle(i))
		}
		rank -= n
	}
	return nil
}
