// SPDX-License-Identifier: Apache-2.0

package meter

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// MaxCodes is how many codes of problems are counted, from 0.
const MaxCodes = 64

// Window is what happened in a range, in total.
type Window struct {
	Since      time.Time // when it began, in UTC: with the meter, or up to a 15th before the range
	Operations []Used    // those that were called
	Codes      [MaxCodes]uint64
	// Hits are keys that were read and there, Misses those that were not.
	Hits, Misses uint64
}

// Used is how an operation on data was used.
type Used struct {
	Name            string
	Requests        uint64
	Refused, Faults uint64  // that ended in a 4xx, and in a 5xx
	P50, P99        float64 // milliseconds, about
}

// totals are what was counted up to some time.
type totals struct {
	operations   []operationTotals
	codes        [MaxCodes]uint64
	hits, misses uint64
}

// operationTotals are those of one operation on data.
type operationTotals struct {
	name                 string
	all, refused, faults uint64
	took                 Histogram
}

// marks are the totals at times within the last day.
type marks struct {
	step   atomic.Int64 // in which they were last checked
	mu     sync.Mutex
	ranges [3]struct {
		period int64 // of the last mark
		marks  []mark
	}
}

// mark has the totals at the beginning of the first request of a period.
type mark struct {
	period int64
	totals *totals
}

// markedRanges are the ranges of marks, whose periods are a part of their lengths.
var markedRanges = [...]Range{QuarterHour, Hour, Day}

// periods is how many periods a range has.
var periods = [...]int{15, 12, 24}

func period(i int) int64 { return int64(markedRanges[i].Length) / int64(periods[i]) }

// mark notes the totals where a period begins. It is called before a request is counted.
func (m *Meter) mark(now time.Time) {
	step := fineStepOf(now)
	if m.marks.step.Load() == step {
		return
	}
	m.marks.mu.Lock()
	defer m.marks.mu.Unlock()
	m.marks.step.Store(step)
	var current *totals
	for i := range m.marks.ranges {
		r, p := &m.marks.ranges[i], now.UnixNano()/period(i)
		if p == r.period || p == r.period-1 { // the request is late
			continue
		}
		if current == nil {
			current = m.totals()
		}
		if len(r.marks) > periods[i] {
			r.marks = slices.Delete(r.marks, 0, len(r.marks)-periods[i])
		}
		r.period, r.marks = p, append(r.marks, mark{p, current})
	}
}

func (m *Meter) totals() *totals {
	t := &totals{hits: m.hits.Load(), misses: m.misses.Load()}
	for i := range m.codes {
		t.codes[i] = m.codes[i].Load()
	}
	m.adding.Lock()
	defer m.adding.Unlock()
	for _, o := range m.operations {
		if o.kind.Data() {
			t.operations = append(t.operations, o.totals())
		}
	}
	return t
}

func (o *Operation) totals() operationTotals {
	t := operationTotals{name: o.name, took: o.took.read()}
	for i := range o.answered {
		n := o.answered[i].Load()
		t.all += n
		switch {
		case statuses[i] >= 500:
			t.faults += n
		case statuses[i] >= 400:
			t.refused += n
		}
	}
	return t
}

// Window returns what happened in a range.
func (m *Meter) Window(now time.Time, r Range) Window {
	m.mark(now)
	i := slices.Index(markedRanges[:], r)
	from := (now.UnixNano() - int64(r.Length)) / period(i)
	w, current := Window{Since: time.Unix(0, from*period(i)).UTC()}, m.totals()
	if w.Since.Before(m.began) {
		w.Since = m.began.UTC()
	}
	before := m.before(i, from, w.Since)
	w.Hits, w.Misses = current.hits-before.hits, current.misses-before.misses
	for i := range w.Codes {
		w.Codes[i] = current.codes[i] - before.codes[i]
	}
	for i, o := range current.operations {
		if i < len(before.operations) {
			o = o.since(&before.operations[i])
		}
		if o.all > 0 {
			w.Operations = append(w.Operations, Used{
				o.name, o.all, o.refused, o.faults, o.took.quantile(0.5), o.took.quantile(0.99),
			})
		}
	}
	return w
}

// before returns the totals at the beginning of a period. Where no request began in it, those of the next one are the same.
func (m *Meter) before(i int, from int64, since time.Time) *totals {
	if since.Equal(m.began) {
		return &totals{}
	}
	m.marks.mu.Lock()
	defer m.marks.mu.Unlock()
	for _, k := range m.marks.ranges[i].marks {
		if k.period >= from {
			return k.totals
		}
	}
	return &totals{}
}

// since returns what was counted since an earlier time.
func (t operationTotals) since(before *operationTotals) operationTotals {
	t.all, t.refused, t.faults = t.all-before.all, t.refused-before.refused, t.faults-before.faults
	for i := range t.took.Counts {
		t.took.Counts[i] -= before.took.Counts[i]
	}
	return t
}

// quantile returns the milliseconds that the share q did not exceed, taking the durations of a class to be spread evenly.
func (h *Histogram) quantile(q float64) float64 {
	total := uint64(0)
	for _, n := range h.Counts {
		total += n
	}
	rank, low := uint64(math.Ceil(q*float64(total))), time.Duration(0)
	for i, bound := range Bounds {
		n := h.Counts[i]
		if n > 0 && n >= rank {
			return (float64(low) + float64(bound-low)*(float64(rank)-0.5)/float64(n)) / float64(time.Millisecond)
		}
		rank, low = rank-n, bound
	}
	return float64(low) / float64(time.Millisecond)
}
