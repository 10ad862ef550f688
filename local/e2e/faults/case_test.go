// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"os"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e/workload"
)

// deadline is what a request may take.
const deadline = 2 * time.Second

// bounds are what a case may take.
type bounds struct {
	slack       time.Duration // that the machine may add to the deadline of a request
	recovery    time.Duration // from the end of a fault until each client is served again
	everySecond time.Duration // how old a write may be that is lost with fsync every second
	report      time.Duration // until an unavoidable loss is in the status
}

// allowed returns the bounds that the table is held to, where it is made: faults run alone then. Among the other tests, on
// a busy machine, there are wider ones, which only stop what hangs.
func allowed() bounds {
	if os.Getenv("TEMPSKV_FAULTS") != "" {
		return bounds{slack: 2 * time.Second, recovery: 5 * time.Second, everySecond: 2 * time.Second, report: 5 * time.Second}
	}
	return bounds{slack: time.Minute, recovery: time.Minute, everySecond: 30 * time.Second, report: time.Minute}
}

// loss is what a fault may cost of what was acknowledged.
type loss int

const (
	nothing      loss = iota
	lastSeconds       // what had not been written to the disk: fsync every second
	unreplicated      // what had not been replicated
)

// faultCase is a fault that is injected while a workload runs.
type faultCase struct {
	size    int // of the workload; 0: workload.Clients
	pause   time.Duration
	rounds  int // how often it is injected; 0: once
	mayLose loss
	// inject causes it and ends it. It returns when it hit, and when it was over; it may continue after that.
	inject func(round int, f *workload.Workload) (hit, over time.Time)
}

// result is what came of a case.
type result struct {
	workload.Result
	clients   int
	rate      float64 // requests a second before the first fault
	recovered time.Duration
	reported  time.Duration // after which the status reports an unavoidable loss
	history   int           // calls of contenders, which one order explains
}

// on runs a case on a gateway. It fails the test if more is lost than the fault may cost, anything is applied twice,
// a client reads another's value, a request outlasts its deadline, or service is slow to come back.
func (tr faultCase) on(t *testing.T, g *gateway) (v result) {
	t.Helper()
	v.clients = max(tr.size, workload.Clients)
	f := workload.New(v.clients, g.tokens...)
	f.Pause = tr.pause
	stop := f.Start(t, g.URL)
	f.Await(t, 4*workload.Writes)
	v.rate = f.Rate()
	var hits []time.Time
	for round := range max(tr.rounds, 1) {
		f.Await(t, workload.Writes)
		hit, over := tr.inject(round, f)
		hits = append(hits, hit)
		v.recovered = max(v.recovered, f.Recovered(t, over))
	}
	f.Await(t, workload.Writes)
	stop()
	v.Result = f.Check(t, g.URL, hits...)
	if tr.mayLose == nothing {
		v.history = f.CheckOrder(t, g.URL)
	}
	tr.judge(t, v)
	return v
}

// judge fails the test if something is not as it should be.
func (tr faultCase) judge(t *testing.T, v result) {
	t.Helper()
	may := allowed()
	if v.Twice+v.Foreign > 0 {
		t.Error("the data are not what was written")
	}
	if tr.mayLose == nothing && v.Lost+v.Unseen > 0 {
		t.Error("acknowledged writes were lost")
	}
	if tr.mayLose == lastSeconds && v.Oldest > may.everySecond {
		t.Errorf("writes sent %v before were lost", v.Oldest)
	}
	if v.Slowest > deadline+may.slack {
		t.Errorf("a request took %v, and may take %v", v.Slowest, deadline)
	}
	if v.recovered > may.recovery {
		t.Errorf("the last client was served again after %v", v.recovered)
	}
}
