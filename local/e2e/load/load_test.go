// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/access"
)

func TestParseAnswers(t *testing.T) {
	const out = "Running 1s test @ http://127.0.0.1:1/\nTransfer/sec: 1MB\n" +
		`{"requests":1000,"us":1000500,"p50_us":830,"p99_us":3720,"errors":2}` + "\n"
	got, err := parseAnswers([]byte(out))
	want := answers{Requests: 1000, Us: 1_000_500, P50: 830, P99: 3720, Errors: 2}
	if diff := cmp.Diff(got, want); err != nil || diff != "" {
		t.Errorf("got %v (-got +want):\n%s", err, diff)
	}
	for _, out := range []string{"", "unable to connect", "{", `{"requests":0,"us":1000500}`} {
		if _, err := parseAnswers([]byte(out)); err == nil {
			t.Errorf("%q: got no error", out)
		}
	}
}

func TestMiddle(t *testing.T) {
	rounds := []result{
		{RequestsPerSecond: 300, P50ms: 3, Errors: 1},
		{RequestsPerSecond: 100, P50ms: 1, Errors: 2},
		{RequestsPerSecond: 200, P50ms: 2},
	}
	if diff := cmp.Diff(middle(rounds), result{RequestsPerSecond: 200, P50ms: 2, Errors: 3}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestReport(t *testing.T) {
	r := report{CPUs: 2, Connections: 64, Seconds: 5, Rounds: 3, FsyncMs: 0.4, StartMs: 120, MemoryMB: 25, Results: []result{
		{Workload: "get", Gateway: "tempskv", RequestsPerSecond: 27_000, P50ms: 2, P99ms: 5.5, GatewayCPU: 45, RedisCPU: 4},
		{Workload: "get", Gateway: "no-op", RequestsPerSecond: 40_000, P50ms: 1.5, P99ms: 3, GatewayCPU: 30},
		{Workload: "get", Gateway: "webdis", RequestsPerSecond: 30_000, P50ms: 2, P99ms: 4, GatewayCPU: 34, RedisCPU: 12, Errors: 7},
	}}
	const want = `2 CPUs, 64 connections over one thread of wrk, the middle one of 3 rounds of 5 s; an fsync takes 0.40 ms

  workload  gateway  requests/s  p50 ms  p99 ms  CPU us  Redis CPU us  errors
       get  tempskv       27000    2.00    5.50    45.0           4.0       0
       get    no-op       40000    1.50    3.00    30.0           0.0       0
       get   webdis       30000    2.00    4.00    34.0          12.0       7

get: 0.90 of webdis's requests per second (aim: 0.9 or more)
get: 1.50 times the no-op's CPU (aim: 1.5 or less)
start to first answer: 120 ms (aim: below 300)
memory at rest: 25.0 MB (aim: below 40)
`
	r.compare()
	var got strings.Builder
	if err := r.print(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got.String(), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestReportOfNeighbours(t *testing.T) {
	t.Parallel()
	r := report{Seconds: 5, Rounds: 3, Neighbours: []neighbour{
		{Setting: "none", RequestsPerSecond: 200, P50ms: 0.4, P99ms: 2},
		{Setting: "auto", RequestsPerSecond: 200, P50ms: 0.4, P99ms: 2.2},
		{Flood: "mget", Setting: "none", RequestsPerSecond: 3, P50ms: 900, P99ms: 1200, Failed: 985, FloodAnswered: 300},
		{Flood: "mget", Setting: "auto", RequestsPerSecond: 200, P50ms: 12, P99ms: 60, FloodAnswered: 290, FloodRefused: 210},
	}}
	const want = `
200 gets a second of one project, next to a flood on 512 connections of another; an mget is of 1000 keys; the middle one of 3 rounds of 5 s by p99

  flood  max-in-flight  answered/s  p50 ms   p99 ms  of none  failed  flood answered/s  refused/s
     no           none         200    0.40     2.00     1.00       0                 0          0
     no           auto         200    0.40     2.20     1.10       0                 0          0
   mget           none           3  900.00  1200.00     1.00     985               300          0
   mget           auto         200   12.00    60.00     0.05       0               290        210
`
	var got strings.Builder
	if err := r.print(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got.String(), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// TestPaced has a server stall once: requests that were due during the stall count with the time that they waited.
func TestPaced(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server sees a client leave once it has read the body
		if n.Add(1) == 5 {
			<-r.Context().Done() // of the client, whose time is over
		}
	}))
	defer s.Close()
	const d = 400 * time.Millisecond
	took, failed, refused := paced(t.Context(), 1, d, request{method: "POST", url: s.URL, body: "{}"})
	if want := int64(d/paceEvery) - 4; len(took) != int(d/paceEvery) || failed != want {
		t.Fatalf("%d were due and %d failed, want %d", len(took), failed, want)
	}
	if refused != 0 {
		t.Errorf("%d count as refused, and were under way at the end", refused)
	}
	no := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer no.Close()
	if _, failed, refused := paced(t.Context(), 1, d, request{method: "POST", url: no.URL, body: "{}"}); refused == 0 || refused > failed {
		t.Errorf("of a server that refuses all, %d failed and %d count as refused", failed, refused)
	}
	if p50, p99 := percentile(took, 50), percentile(took, 99); p50 < 100 || p99 < 300 {
		t.Errorf("p50 %v ms, p99 %v ms", p50, p99)
	}
}

func TestNoopChecksWhatAGatewayChecks(t *testing.T) {
	token := access.NewToken(access.DeploymentToken)
	for _, tt := range []struct {
		name, bearer, body string
		want               int
	}{
		{"right", string(token), `{"key":"small"}`, http.StatusOK},
		{"no token", "", `{"key":"small"}`, http.StatusUnauthorized},
		{"another token", string(access.NewToken(access.DeploymentToken)), `{"key":"small"}`, http.StatusUnauthorized},
		{"no key", string(token), `{}`, http.StatusBadRequest},
		{"no JSON", string(token), `{`, http.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := httptest.NewRequest("POST", "/api/kv/get", strings.NewReader(tt.body))
			req.Header.Set("Authorization", "Bearer "+tt.bearer)
			w := httptest.NewRecorder()
			noop(token).ServeHTTP(w, req)
			if w.Code != tt.want {
				t.Errorf("got %d, want %d", w.Code, tt.want)
			}
		})
	}
}
