// SPDX-License-Identifier: Apache-2.0

package meter_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/meter"
)

const step = 15 * time.Second

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

func TestHour(t *testing.T) {
	t.Parallel()
	m := meter.New(noon)
	get, set, other := m.Operation("get", meter.Read), m.Operation("set", meter.Write), m.Operation("status", meter.Other)
	for i := range 100 {
		o, status := get, 200
		if i%4 == 0 {
			o = set
		}
		if i == 7 {
			status = 503
		}
		o.Record(noon.Add(time.Second), meter.Request{Status: status, Took: time.Duration(i+1) * time.Millisecond})
		other.Record(noon.Add(time.Second), meter.Request{Status: 500, Took: time.Hour})
	}
	if got := m.Steps(noon.Add(14*time.Second), meter.Hour); len(got) != 0 {
		t.Errorf("a step that is not over is told: %v", got)
	}
	got := m.Steps(noon.Add(45*time.Second), meter.Hour)
	if len(got) != 3 || got[0].P50 == nil || got[0].P99 == nil || got[1].P50 != nil {
		t.Fatalf("got %+v", got)
	}
	near := func(got, want float64) bool { return got > want*0.8 && got < want*1.2 }
	if !near(*got[0].P50, 50) || !near(*got[0].P99, 99) {
		t.Errorf("got p50 %v and p99 %v", *got[0].P50, *got[0].P99)
	}
	got[0].P50, got[0].P99 = nil, nil
	want := []meter.Step{
		{Time: noon, Reads: 75, Writes: 25, Faults: 1},
		{Time: noon.Add(15 * time.Second)}, {Time: noon.Add(30 * time.Second)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is older than an hour makes room, and never comes back.
func TestOldStepsAreForgotten(t *testing.T) {
	t.Parallel()
	m := meter.New(noon)
	get := m.Operation("get", meter.Read)
	total := func(now time.Time) (n int) {
		for _, s := range m.Steps(now, meter.Hour) {
			n += int(s.Reads)
		}
		return n
	}
	const days = 2 * 24 * 60 * 4
	for i := range days {
		get.Record(noon.Add(time.Duration(i)*step), meter.Request{Status: 200, Took: time.Microsecond})
	}
	end := noon.Add(days * step)
	if got := total(end); got != 240 {
		t.Errorf("got %d in the last hour", got)
	}
	if got := total(end.Add(30 * time.Minute)); got != 120 {
		t.Errorf("got %d half an hour later", got)
	}
	if got := total(end.Add(24 * time.Hour)); got != 0 {
		t.Errorf("got %d a day later", got)
	}
}

func TestAtOnce(t *testing.T) {
	t.Parallel()
	m := meter.New(noon)
	set := m.Operation("set", meter.Write)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 1000 {
				m.Begin()
				set.Record(noon.Add(time.Duration(i)*time.Millisecond*60), meter.Request{Status: 200, Took: time.Duration(i) * time.Second})
				m.End()
			}
		})
	}
	all.Wait()
	total := 0
	for _, s := range m.Steps(noon.Add(time.Minute), meter.Hour) {
		total += int(s.Writes)
	}
	if total != 8000 || m.InFlight() != 0 || m.Requests()[0].Statuses[200] != 8000 {
		t.Errorf("got %d, %d in flight, and %v", total, m.InFlight(), m.Requests())
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	m := meter.New(noon)
	get, events := m.Operation("get", meter.Read), m.Operation("events", meter.Stream)
	get.Record(noon, meter.Request{Status: 200, Took: 3 * time.Millisecond, Store: 2 * time.Millisecond})
	get.Record(noon, meter.Request{Status: 401, Took: 20 * time.Microsecond})
	get.Record(noon, meter.Request{Status: 418, Took: time.Minute, Store: 50 * time.Microsecond})
	events.Record(noon, meter.Request{Status: 200, Took: time.Hour})
	histogram := func(sum time.Duration, counts map[int]uint64) (h meter.Histogram) {
		h.Sum = sum
		for i, n := range counts {
			h.Counts[i] = n
		}
		return h
	}
	want := []meter.Requests{
		{
			Name: "get", Kind: meter.Read, Statuses: map[int]uint64{200: 1, 401: 1, 0: 1},
			Took:    histogram(time.Minute+3020*time.Microsecond, map[int]uint64{0: 1, 6: 1, len(meter.Bounds): 1}),
			Store:   histogram(2050*time.Microsecond, map[int]uint64{0: 1, 5: 1}),
			Gateway: histogram(time.Minute+970*time.Microsecond, map[int]uint64{0: 1, 4: 1, len(meter.Bounds): 1}),
		},
		{Name: "events", Kind: meter.Stream, Statuses: map[int]uint64{200: 1}},
	}
	if diff := cmp.Diff(want, m.Requests()); diff != "" {
		t.Error(diff)
	}
	m.Fail(meter.Timeout)
	if got := m.Faults(); len(got) != 6 || got[meter.Timeout] != 1 || got[meter.Unavailable] != 0 {
		t.Errorf("got %v", got)
	}
}

func BenchmarkRecord(b *testing.B) {
	get := meter.New(noon).Operation("get", meter.Read)
	b.ReportAllocs()
	for b.Loop() {
		get.Record(noon, meter.Request{Status: 200, Took: 300 * time.Microsecond, Store: 200 * time.Microsecond})
	}
}
