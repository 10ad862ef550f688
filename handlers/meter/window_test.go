// SPDX-License-Identifier: Apache-2.0

package meter_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tempskv/tempskv/handlers/meter"
)

// Each request is in the day once, whether its step is over or not, and a day later it is gone.
func TestDay(t *testing.T) {
	t.Parallel()
	m := meter.New(noon)
	get := m.Operation("get", meter.Read)
	for i := range 24 * 60 {
		get.Record(noon.Add(time.Duration(i)*time.Minute), meter.Request{Status: 200, Took: time.Millisecond, Project: 1})
	}
	for _, c := range []struct {
		at             time.Duration
		r              meter.Range
		steps          int
		requests, part uint64 // of the project, and of the steps that are over
	}{
		{24 * time.Hour, meter.Day, 288, 1440, 1440},
		{24*time.Hour + 2*time.Minute, meter.Day, 288, 1440, 1440},
		{24 * time.Hour, meter.Hour, 240, 60, 60},
		{24 * time.Hour, meter.QuarterHour, 60, 15, 15},
		{36 * time.Hour, meter.Day, 288, 720, 720},
		{49 * time.Hour, meter.Day, 288, 0, 0},
	} {
		now, over := noon.Add(c.at), uint64(0)
		steps := m.ProjectSteps(1, now, c.r)
		for _, s := range steps {
			over += uint64(s.Reads)
		}
		if sum := m.ProjectSum(1, now, c.r); len(steps) != c.steps || sum.Reads != c.requests || over != c.part {
			t.Errorf("%v, the last %v: got %d steps, %d requests, %d in the steps", c.at, c.r.Length, len(steps), sum.Reads, over)
		}
		if diff := cmp.Diff(steps, m.Steps(now, c.r)); diff != "" {
			t.Errorf("the only project differs from all: %s", diff)
		}
	}
}

// A step of the day has the quantiles of all its requests.
func TestDayLatency(t *testing.T) {
	t.Parallel()
	m := meter.New(noon)
	get := m.Operation("get", meter.Read)
	for i := range 100 {
		get.Record(noon.Add(time.Duration(i)*2*time.Second), meter.Request{Status: 200, Took: time.Duration(i+1) * time.Millisecond})
	}
	got := m.Steps(noon.Add(6*time.Minute), meter.Day)
	if len(got) != 1 || got[0].Reads != 100 || *got[0].P50 < 42 || *got[0].P50 > 58 || *got[0].P99 < 85 {
		t.Errorf("got %+v", got)
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	m := meter.New(noon)
	get, set := m.Operation("get", meter.Read), m.Operation("set", meter.Write)
	get.Record(noon, meter.Request{Status: 200, Took: time.Second, Hits: 1})
	later := noon.Add(20 * time.Minute)
	for i := range 10 {
		get.Record(later, meter.Request{Status: 200, Took: time.Duration(i) * time.Millisecond, Hits: 2, Misses: 1})
	}
	set.Record(later, meter.Request{Status: 429, Took: time.Millisecond, Problem: 3})
	set.Record(later.Add(10*time.Minute), meter.Request{Status: 503, Took: 3 * time.Millisecond, Problem: 4})

	about := cmpopts.EquateApprox(0.3, 1.5)
	want := meter.Window{
		Since: noon.Add(16 * time.Minute), Hits: 20, Misses: 10,
		Operations: []meter.Used{
			{Name: "get", Requests: 10, P50: 4.5, P99: 9}, {Name: "set", Requests: 2, Refused: 1, Faults: 1, P50: 1, P99: 2.5},
		},
	}
	want.Codes[2], want.Codes[3] = 1, 1
	if diff := cmp.Diff(want, m.Window(noon.Add(31*time.Minute), meter.QuarterHour), about); diff != "" {
		t.Error(diff)
	}
	if got := m.Window(noon.Add(31*time.Minute), meter.Day); got.Since != noon || got.Operations[0].Requests != 11 || got.Hits != 21 {
		t.Errorf("since the meter began: got %+v", got)
	}
	if got := m.Window(noon.Add(40*time.Minute), meter.QuarterHour); len(got.Operations) != 1 || got.Codes[2] != 0 || got.Codes[3] != 1 {
		t.Errorf("ten minutes after the last: got %+v", got)
	}
	if got := m.Window(noon.Add(2*time.Hour), meter.Hour); len(got.Operations) != 0 || got.Hits != 0 {
		t.Errorf("an hour later: got %+v", got)
	}
}

// There is room for 200 projects. Another one takes the place of one that was idle for an hour.
func TestManyProjects(t *testing.T) {
	t.Parallel()
	m := meter.New(noon)
	get := m.Operation("get", meter.Read)
	call := func(id int, at time.Duration) uint64 {
		get.Record(noon.Add(at), meter.Request{Status: 200, Project: int64(id)})
		return m.ProjectSum(int64(id), noon.Add(at), meter.Hour).Reads
	}
	for id := range 200 {
		if got := call(id+1, 0); got != 1 {
			t.Fatalf("project %d: got %d", id+1, got)
		}
	}
	if got := call(201, time.Minute); got != 0 {
		t.Errorf("one too many: got %d", got)
	}
	for id := range 199 {
		call(id+1, 50*time.Minute)
	}
	if got := call(201, 70*time.Minute); got != 1 {
		t.Errorf("after project 200 was idle: got %d", got)
	}
	if got := m.ProjectSteps(1, noon.Add(70*time.Minute), meter.Hour); len(got) != 240 {
		t.Errorf("got %d steps", len(got))
	}
}

// The clock is set back by an hour: nothing is lost, and no step has what happened later.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	m := meter.New(noon.Add(-2 * time.Hour))
	get := m.Operation("get", meter.Read)
	for _, at := range []time.Duration{0, -time.Hour, time.Minute} {
		get.Record(noon.Add(at), meter.Request{Status: 200})
	}
	seen := map[string]uint32{}
	for _, s := range m.Steps(noon.Add(2*time.Minute), meter.Day) {
		if s.Reads > 0 {
			seen[fmt.Sprint(s.Time.Sub(noon))] = s.Reads
		}
	}
	if diff := cmp.Diff(map[string]uint32{"-1h0m0s": 1}, seen); diff != "" {
		t.Error(diff)
	}
}
