// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseAnswers(t *testing.T) {
	t.Parallel()
	const out = "Running 1s test @ http://127.0.0.1:1/\nTransfer/sec: 1MB\n" +
		`{"requests":1000,"us":1000500,"p50_us":830,"p99_us":3720,"errors":2}` + "\n"
	got, err := parseAnswers([]byte(out))
	want := answers{Requests: 1000, Us: 1_000_500, P50: 830, P99: 3720, Errors: 2}
	if diff := cmp.Diff(got, want); err != nil || diff != "" {
		t.Errorf("got %v (-got +want):\n%s", err, diff)
	}
	if got, err := parseAnswers([]byte(`{"requests":0,"us":1000500}`)); err != nil || got.perSecond() != 0 || got.perRequest(time.Second) != 1e6 {
		t.Errorf("of a time without answers: got %+v and %v", got, err)
	}
	for _, out := range []string{"", "unable to connect", "{", `{"requests":0,"us":0}`} {
		if _, err := parseAnswers([]byte(out)); err == nil {
			t.Errorf("%q: got no error", out)
		}
	}
}

func TestMedians(t *testing.T) {
	t.Parallel()
	rounds := []result{
		{Workload: "get", RequestsPerSecond: 300, P50ms: 3, P99ms: 5, GatewayCPU: 9, Errors: 1},
		{Workload: "get", RequestsPerSecond: 100, P50ms: 2, P99ms: 7, GatewayCPU: 8, Errors: 2},
		{Workload: "get", RequestsPerSecond: 200, P50ms: 1, P99ms: 6, GatewayCPU: 1},
	}
	want := []result{{Workload: "get", RequestsPerSecond: 200, P50ms: 2, P99ms: 6, GatewayCPU: 8, Errors: 3}}
	if diff := cmp.Diff(medians([][]result{rounds}), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	for _, tt := range []struct {
		figures []float64
		want    float64
	}{{nil, 0}, {[]float64{4}, 4}, {[]float64{9, 1}, 9}, {[]float64{5, 1, 9, 2, 7}, 5}} {
		if got := median(tt.figures); got != tt.want {
			t.Errorf("median of %v: got %v, want %v", tt.figures, got, tt.want)
		}
	}
}

func TestGoal(t *testing.T) {
	t.Parallel()
	ours := []result{{RequestsPerSecond: 30}, {RequestsPerSecond: 20}, {RequestsPerSecond: 40}}
	theirs := []result{{RequestsPerSecond: 20}, {RequestsPerSecond: 20}, {RequestsPerSecond: 20}}
	got := ratios(ours, theirs, func(m result) float64 { return m.RequestsPerSecond })
	if diff := cmp.Diff(got, []float64{1.5, 1, 2}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	if g := (goal{Want: 1, AtMost: true, Rounds: ratios([]result{{}}, theirs, func(m result) float64 { return m.P99ms })}); g.reached() {
		t.Errorf("%+v is reached", g)
	}
	for _, tt := range []struct {
		want    float64
		atMost  bool
		reached bool
	}{{1.5, false, true}, {1.6, false, false}, {1.5, true, true}, {1.4, true, false}} {
		if g := (goal{Want: tt.want, AtMost: tt.atMost, Rounds: got}); g.reached() != tt.reached {
			t.Errorf("%+v: got %v", g, g.reached())
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]int{"": len(sections()), "goals": 1, "memory,sizes": 2} {
		if got, err := choose(sections(), list); err != nil || len(got) != want {
			t.Errorf("%q: got %d sections and %v, want %d", list, len(got), err, want)
		}
	}
	if _, err := choose(sections(), "goals,speed"); err == nil {
		t.Error("a section that does not exist was chosen")
	}
}

func TestParseTicks(t *testing.T) {
	t.Parallel()
	const stat = "cpu  10 1 20 900 50 0 3 16 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"
	before, err := parseTicks([]byte(stat))
	if want := (ticks{total: 1000, idle: 950, stolen: 16}); err != nil || before != want {
		t.Fatalf("got %+v and %v, want %+v", before, err, want)
	}
	later := ticks{total: 1200, idle: 1000, stolen: 26}.since(before)
	if got := later.percent(later.total - later.idle); got != 75 {
		t.Errorf("got %v %% busy, want 75", got)
	}
	for _, stat := range []string{"", "cpu 1 2", "intr 1 2 3 4 5 6 7 8 9", "cpu 1 2 3 x 5 6 7 8"} {
		if _, err := parseTicks([]byte(stat)); err == nil {
			t.Errorf("%q: got no error", stat)
		}
	}
}

func TestMegabytes(t *testing.T) {
	t.Parallel()
	const status = "Name:\ttempskv\nVmRSS:\t   31250 kB\nRssAnon:\t    1000 kB\n"
	if got, err := megabytes([]byte(status), "VmRSS:"); err != nil || got != 32 {
		t.Errorf("got %v and %v", got, err)
	}
	if _, err := megabytes([]byte(status), "VmSwap:"); err == nil {
		t.Error("a line that is not there was read")
	}
}
