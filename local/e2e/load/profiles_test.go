// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"
)

// sample is a wait in functions, the innermost first.
func sample(times, nanoseconds int64, functions ...string) *profile.Sample {
	s := &profile.Sample{Value: []int64{times, nanoseconds}}
	for _, name := range functions {
		s.Location = append(s.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
	}
	return s
}

func TestWaits(t *testing.T) {
	t.Parallel()
	const add = module + "infra/redis.(*queue).add"
	p := &profile.Profile{Sample: []*profile.Sample{
		sample(10, 3_000_000, "sync.(*Mutex).Lock", add, module+"handlers.(*API).get"),
		sample(10, 1_000_000, "sync.(*Mutex).Lock", add, module+"handlers.(*API).set"),
		sample(1000, 9_000_000, "runtime.selectgo", module+"handlers.(*pipeline[go.shape.struct { a [3]int },go.shape.int]).run"),
		sample(100, 500_000, "runtime.chanrecv1", "example.com/library.wait", "runtime.goexit"),
		sample(100, 400_000, "runtime.unlock", "runtime.findRunnable"),
		sample(100, 300_000, "runtime._LostContendedRuntimeLock"),
		sample(100, 5, "runtime.chanrecv1", module+"local/metrics.soon"),
		sample(0, 90_000_000, "runtime.chanrecv1", module+"local/metrics.tick"),
	}}
	want := []wait{
		{Function: "handlers.(*pipeline[…]).run (select)", Us: 9, Times: 1000},
		{Function: "infra/redis.(*queue).add (mutex)", Us: 4, Times: 20},
		{Function: "example.com/library.wait (receive)", Us: 0.5, Times: 100},
		{Function: "runtime.findRunnable (lock of the runtime)", Us: 0.4, Times: 100},
		{Function: "runtime (locks of the runtime)", Us: 0.3, Times: 100},
	}
	if diff := cmp.Diff(waits(p, 1000), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	var group []profiled
	for i, n := range processors {
		group = append(group, profiled{Workload: "get", Gateway: external, Processors: n, RequestsPerSecond: 64_000, Mutex: []wait{
			{Function: "a", Us: float64(i + 1), Times: 1}, {Function: "b", Us: float64(10 * i), Times: 1},
		}})
	}
	r := report{Profiles: group}
	want := []string{
		"| | who holds the lock | µs at 2 | µs at 8 | µs at 32 |",
		"| `get` external | all locks | 1.00 (0.1 %) | 12.0 (1.2 %) | 23.0 (2.3 %) |",
		"| | `b` | 0.00 (0.0 %) | 10.0 (1.0 %) | 20.0 (2.0 %) |",
		"| | `a` | 1.00 (0.1 %) | 2.00 (0.2 %) | 3.00 (0.3 %) |",
		"| waiting for a lock, by who holds it | µs at 2 | µs at 8 | µs at 32 |",
		"| `b` | 0.00 (0.0 %) | 10.0 (1.0 %) | 20.0 (2.0 %) |",
		"| `a` | 1.00 (0.1 %) | 2.00 (0.2 %) | 3.00 (0.3 %) |",
		"| waiting, by who waits | µs at 2 | µs at 8 | µs at 32 |",
	}
	if diff := cmp.Diff(tables(r.profiles()), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}
