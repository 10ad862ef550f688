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

// Record counts a request that ended now with a status. It took so long as a whole, and so long in the store.
func (o *Operation) Record(now time.Time, status int, took, store time.Duration) {
	i := slices.Index(statuses[:], status)
	if i < 0 {
		i = len(statuses) - 1
	}
	o.answered[i].Add(1)
	if o.kind == Stream {
		return
	}
	o.took.observe(took)
	if o.kind.Data() {
		if store > 0 {
			o.store.observe(store)
		}
		o.gateway.observe(took - store)
		o.meter.record(now, took, o.kind == Write, status >= 500)
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

// Begin counts a request that has come, and End one that is over.
func (m *Meter) Begin() { m.inFlight.Add(1) }

// End is the end of what Begin began.
func (m *Meter) End() { m.inFlight.Add(-1) }

// InFlight returns how many requests have come and are not over.
func (m *Meter) InFlight() int64 { return m.inFlight.Load() }
