// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fleetSize is how many clients work side by side, where a test does not need more.
const fleetSize = 32

// rivalPause is the time between two calls of a rival: what they are there for is that they meet.
const rivalPause = 2 * time.Millisecond

// fleet is clients that work side by side, each on keys of its own, in one project or in several. The names of
// the keys are the same in each project, so that a client that reached another project would meet with others' keys.
type fleet struct {
	clients []*worker
	rivals  []rival       // clients that meet on the same keys
	acked   atomic.Int64  // writes of all
	pause   time.Duration // between two turns of each
}

// newFleet returns so many clients, who share out the tokens, each of another project, among them.
func newFleet(size int, tokens ...string) *fleet {
	f := &fleet{clients: make([]*worker, size), rivals: newRivals(tokens)}
	for i := range f.clients {
		n := i % len(tokens)
		f.clients[i] = &worker{token: tokens[n], project: fmt.Sprint("project", n), name: fmt.Sprint("w", i/len(tokens))}
	}
	return f
}

// run lets every client work until ctx ends, and returns when the last answers are there.
func (f *fleet) run(ctx context.Context, url string) {
	var all sync.WaitGroup
	for _, w := range f.clients {
		all.Go(func() {
			for ctx.Err() == nil {
				f.acked.Add(w.turn(url))
				<-time.After(f.pause)
			}
		})
	}
	for _, r := range f.rivals {
		all.Go(func() {
			for ctx.Err() == nil {
				r.turn(url)
				<-time.After(max(f.pause, rivalPause))
			}
		})
	}
	all.Wait()
}

// start is run in the background; stop ends it and waits.
func (f *fleet) start(t *testing.T, url string) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.run(ctx, url) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// await waits until so many writes more are acknowledged.
func (f *fleet) await(t *testing.T, more int64) {
	t.Helper()
	from := f.acked.Load()
	eventually(t, "writes to be acknowledged", func() string {
		if n := f.acked.Load() - from; n < more {
			return fmt.Sprintf("there are %d, and are to be %d", n, more)
		}
		return ""
	})
}

// recovered waits until each client has had a write acknowledged that it sent after the end of a fault, and returns
// when the last of them had.
func (f *fleet) recovered(t *testing.T, end time.Time) (after time.Duration) {
	t.Helper()
	for _, w := range f.clients {
		eventually(t, "a write of each client to be acknowledged", func() string {
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

// rate returns how many requests were answered a second, from the first to now.
func (f *fleet) rate() float64 {
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
