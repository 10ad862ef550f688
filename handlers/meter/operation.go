// SPDX-License-Identifier: Apache-2.0

package meter

import (
	"slices"
	"sync/atomic"
	"time"
)

// Kind is what an operation does with data.
type Kind uint8

// The kinds of operations. Those on data alone are part of the last hour, and have a store's time.
const (
	Other Kind = iota
	Read
	Write
	// Stream is a response that goes on until it is ended: its duration means nothing.
	Stream
)

// Data reports whether the operation is one on data.
func (k Kind) Data() bool { return k == Read || k == Write }

// statuses are those that are told apart, the usual one first; what is none of them counts as the last.
var statuses = [...]int{
	200, 201, 204, 302, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 501, 503, 504, 507, 0,
}

// Operation counts the requests for one operation. It is made by Meter.Operation.
type Operation struct {
	name                 string
	kind                 Kind
	meter                *Meter
	answered             [len(statuses)]atomic.Uint64
	took, gateway, store histogram
}

// Operation adds an operation to those that are counted.
func (m *Meter) Operation(name string, kind Kind) *Operation {
	o := &Operation{name: name, kind: kind, meter: m}
	m.adding.Lock()
	defer m.adding.Unlock()
	m.operations = append(m.operations, o)
	return o
}

// Request is one that is over.
type Request struct {
	Status      int
	Took, Store time.Duration // as a whole, and in the store
	Project     int64         // of an operation on data; 0 if it did not come so far
	Problem     int           // the number of the code of its problem, from 1; 0 for none
	// Hits are the keys that it read and that were there, Misses those that were not.
	Hits, Misses int
}

// Record counts a request that ended now.
func (o *Operation) Record(now time.Time, r Request) {
	if o.kind.Data() {
		o.meter.mark(now)
	}
	i := slices.Index(statuses[:], r.Status)
	if i < 0 {
		i = len(statuses) - 1
	}
	o.answered[i].Add(1)
	if o.kind == Stream {
		return
	}
	o.took.observe(r.Took)
	if o.kind.Data() {
		if r.Store > 0 {
			o.store.observe(r.Store)
		}
		o.gateway.observe(r.Took - r.Store)
		o.meter.record(now, &r, o.kind == Write)
	}
}

// record counts a request on data.
func (m *Meter) record(now time.Time, r *Request, write bool) {
	step := fineStepOf(now)
	m.all.record(step, r.Took, write, r.Status)
	if r.Project != 0 {
		if s := m.projects.of(r.Project, now); s != nil {
			s.record(step, r.Took, write, r.Status)
		}
	}
	if r.Problem > 0 && r.Problem <= MaxCodes {
		m.codes[r.Problem-1].Add(1)
	}
	if r.Hits > 0 {
		m.hits.Add(uint64(r.Hits))
	}
	if r.Misses > 0 {
		m.misses.Add(uint64(r.Misses))
	}
}

// Requests is what was counted of one operation since the meter began.
type Requests struct {
	Name     string
	Kind     Kind
	Statuses map[int]uint64 // 0 stands for every status that is not told apart
	// Took is the time as a whole. Of an operation on data, Store is the part that its store took, where it came so far,
	// and Gateway the rest.
	Took, Gateway, Store Histogram
}

// Requests returns what was counted of each operation, in the order in which they were added.
func (m *Meter) Requests() []Requests {
	m.adding.Lock()
	operations := slices.Clone(m.operations)
	m.adding.Unlock()
	all := make([]Requests, len(operations))
	for i, o := range operations {
		all[i] = Requests{
			Name: o.name, Kind: o.kind, Statuses: map[int]uint64{},
			Took: o.took.read(), Gateway: o.gateway.read(), Store: o.store.read(),
		}
		for j := range o.answered {
			if n := o.answered[j].Load(); n > 0 || j == 0 {
				all[i].Statuses[statuses[j]] = n
			}
		}
	}
	return all
}

// Answered returns how many requests were answered since the meter began.
func (m *Meter) Answered() uint64 {
	m.adding.Lock()
	operations := m.operations // only grows
	m.adding.Unlock()
	var sum uint64
	for _, o := range operations {
		for i := range o.answered {
			sum += o.answered[i].Load()
		}
	}
	return sum
}

// Begin counts a request that has come, and End one that is over.
func (m *Meter) Begin() { m.inFlight.Add(1) }

// End is the end of what Begin began.
func (m *Meter) End() { m.inFlight.Add(-1) }

// InFlight returns how many requests have come and are not over.
func (m *Meter) InFlight() int64 { return m.inFlight.Load() }
