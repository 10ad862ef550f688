// SPDX-License-Identifier: Apache-2.0

package meter_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/meter"
)

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

func TestHour(t *testing.T) {
	t.Parallel()
	m := meter.New(noon)
	for i := range 100 {
		m.Record(noon.Add(time.Second), time.Duration(i+1)*time.Millisecond, i%4 == 0, i == 7)
	}
	if got := m.Hour(noon.Add(14 * time.Second)); len(got) != 0 {
		t.Errorf("a step that is not over is told: %v", got)
	}
	got := m.Hour(noon.Add(45 * time.Second))
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
	total := func(now time.Time) (n int) {
		for _, s := range m.Hour(now) {
			n += int(s.Reads)
		}
		return n
	}
	const days = 2 * 24 * 60 * 4
	for i := range days {
		m.Record(noon.Add(time.Duration(i)*meter.StepTime), time.Microsecond, false, false)
	}
	end := noon.Add(days * meter.StepTime)
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
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 1000 {
				m.Record(noon.Add(time.Duration(i)*time.Millisecond*60), time.Duration(i)*time.Second, true, false)
			}
		})
	}
	all.Wait()
	total := 0
	for _, s := range m.Hour(noon.Add(time.Minute)) {
		total += int(s.Writes)
	}
	if total != 8000 {
		t.Errorf("got %d", total)
	}
}
