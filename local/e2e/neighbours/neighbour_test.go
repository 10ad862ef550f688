// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package neighbours_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// neighbour is a project that gets and sets small values at an even pace, whatever others do.
type neighbour struct {
	e2e.Caller
	took []time.Duration
	bad  []string // answers other than 200
}

// paceEvery is the time between two calls of a neighbour, and callers how many do them.
const (
	paceEvery = 10 * time.Millisecond
	callers   = 2
)

// work makes calls until stop is closed, and n at least.
func (n *neighbour) work(t *testing.T, atLeast int, stop <-chan struct{}) {
	t.Helper()
	var mu sync.Mutex
	var made atomic.Int64
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			tick := time.NewTicker(paceEvery)
			defer tick.Stop()
			for i := 0; ; i++ {
				select {
				case <-stop:
					if int(made.Load()) >= atLeast {
						return
					}
				default:
				}
				<-tick.C
				op, body := "get", e2e.Object{"key": fmt.Sprint("k", c)}
				if i%2 == 0 {
					op, body["value"] = "set", i
				}
				ctx, cancel := context.WithTimeout(t.Context(), e2e.Patience)
				began := time.Now()
				r, err := n.SendWith(ctx, e2e.UncheckedClient, http.MethodPost, "/api/kv/"+op, body)
				took := time.Since(began)
				cancel()
				made.Add(1)
				mu.Lock()
				n.took = append(n.took, took)
				if err != nil || r.Status != http.StatusOK {
					n.bad = append(n.bad, fmt.Sprint(op, ": ", r, err))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

// p99 returns what 99 of 100 calls did not exceed.
func (n *neighbour) p99() time.Duration {
	slices.Sort(n.took)
	return n.took[len(n.took)*99/100]
}

// endures measures a neighbour alone and next to a hostile load, which runs until its channel is closed. No call may fail.
// How the times compare is only logged: other tests run next to this one. Package hostile holds them to a bound.
func endures(t *testing.T, c e2e.Caller, hostile func(stop <-chan struct{})) {
	t.Helper()
	alone, loaded := neighbour{Caller: c}, neighbour{Caller: c}
	const calls = 300
	now := make(chan struct{})
	close(now)
	alone.work(t, calls, now)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() { defer close(ended); hostile(stop) }()
	loaded.work(t, calls, now)
	close(stop)
	<-ended
	t.Logf("p99 alone %v, next to the load %v; %d of %d calls failed", alone.p99(), loaded.p99(), len(loaded.bad), len(loaded.took))
	for _, bad := range append(alone.bad, loaded.bad...) {
		t.Error("a call of the neighbour failed: ", bad)
	}
}
