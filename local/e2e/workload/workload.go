// SPDX-License-Identifier: Apache-2.0

// Package workload is clients that write and read all the time, and know which of their writes were acknowledged. Only
// tests import it.
package workload

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// Clients is how many clients a workload has unless a test needs more.
const Clients = 32

// contenderPause is the time between two calls of a contender.
const contenderPause = 2 * time.Millisecond

// Workload is concurrent clients, each with its own keys, in one project or in several. The names of
// the keys are the same in each project, so a client that reached another project would see the keys of others.
type Workload struct {
	clients    []*client
	contenders []contender   // clients that meet on the same keys
	acked      atomic.Int64  // writes of all
	Pause      time.Duration // between two turns of each
}

// New returns so many clients, who share out the tokens, each of another project, among them.
func New(size int, tokens ...string) *Workload {
	f := &Workload{clients: make([]*client, size), contenders: newContenders(tokens)}
	for i := range f.clients {
		n := i % len(tokens)
		f.clients[i] = &client{token: tokens[n], project: fmt.Sprint("project", n), name: fmt.Sprint("w", i/len(tokens))}
	}
	return f
}

// run lets every client work until ctx ends, and returns when the last answers are there.
func (f *Workload) run(ctx context.Context, url string) {
	var all sync.WaitGroup
	for _, w := range f.clients {
		all.Go(func() {
			for ctx.Err() == nil {
				f.acked.Add(w.step(url))
				<-time.After(f.Pause)
			}
		})
	}
	for _, r := range f.contenders {
		all.Go(func() {
			for ctx.Err() == nil {
				r.step(url)
				<-time.After(max(f.Pause, contenderPause))
			}
		})
	}
	all.Wait()
}

// Start is run in the background; stop ends it and waits.
func (f *Workload) Start(t *testing.T, url string) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.run(ctx, url) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// Await waits until so many writes more are acknowledged.
func (f *Workload) Await(t *testing.T, more int64) {
	t.Helper()
	from := f.acked.Load()
	e2e.Eventually(t, "writes to be acknowledged", func() string {
		if n := f.acked.Load() - from; n < more {
			return fmt.Sprintf("there are %d, and are to be %d", n, more)
		}
		return ""
	})
}

// Recovered waits until each client has had a write acknowledged that it sent after the end of a fault, and returns
// when the last of them had.
func (f *Workload) Recovered(t *testing.T, end time.Time) (after time.Duration) {
	t.Helper()
	for _, w := range f.clients {
		e2e.Eventually(t, "a write of each client to be acknowledged", func() string {
			c, ok := w.firstAcked(end)
			if !ok {
				return "there is none yet of " + w.project + "/" + w.name
			}
			after = max(after, c.end.Sub(end))
			return ""
		})
	}
	return after
}

// Rate returns how many requests were answered a second, from the first to now.
func (f *Workload) Rate() float64 {
	n, first := 0, time.Now()
	for _, w := range f.clients {
		for _, c := range w.history() {
			n++
			if c.begin.Before(first) {
				first = c.begin
			}
		}
	}
	return float64(n) / time.Since(first).Seconds()
}

// LongestGap measures for how long no write of the workload is acknowledged, until it is asked for the longest time.
func (f *Workload) LongestGap(ctx context.Context) (longest func() time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	result := make(chan time.Duration, 1)
	go func() {
		var gap time.Duration
		last, since := f.acked.Load(), time.Now()
		for tick := time.NewTicker(time.Millisecond); ctx.Err() == nil; <-tick.C {
			if n := f.acked.Load(); n != last {
				last, since = n, time.Now()
			}
			gap = max(gap, time.Since(since))
		}
		result <- gap
	}()
	return func() time.Duration { cancel(); return <-result }
}

// Writes is how many writes are acknowledged between two faults.
const Writes = 500
