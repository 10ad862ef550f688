// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fleetSize is how many clients write side by side.
const fleetSize = 32

// fleet is clients that write side by side, each to keys of its own.
type fleet struct {
	writers []*writer
	applied atomic.Int64  // acknowledged writes of all
	pause   time.Duration // between two writes of each
}

// writer is one of them. It adds to a counter and stores keys, one request after the other, and knows what became
// of each.
type writer struct {
	name           string
	acked, unknown int64 // additions
	stored         []string
	refused        []string // keys whose storing was refused as not applied
	ambiguous      int      // keys of which nobody knows
	odd            []string // answers that nothing allows
	slowest        time.Duration
}

func newFleet() *fleet {
	f := &fleet{writers: make([]*writer, fleetSize)}
	for i := range f.writers {
		f.writers[i] = &writer{name: fmt.Sprintf("w%d", i)}
	}
	return f
}

// run lets every client write until ctx ends, and returns when the last answers are there.
func (f *fleet) run(ctx context.Context, c caller) {
	var all sync.WaitGroup
	for _, w := range f.writers {
		all.Go(func() {
			for ctx.Err() == nil {
				f.applied.Add(w.write(c))
				<-time.After(f.pause)
			}
		})
	}
	all.Wait()
}

// start is run in the background; stop ends it and waits.
func (f *fleet) start(t *testing.T, c caller) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.run(ctx, c) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// await waits until so many writes more are acknowledged.
func (f *fleet) await(t *testing.T, more int64) {
	t.Helper()
	from := f.applied.Load()
	eventually(t, "writes to be acknowledged", func() string {
		if n := f.applied.Load() - from; n < more {
			return fmt.Sprintf("there are %d, and are to be %d", n, more)
		}
		return ""
	})
}

// write adds one to the counter and stores one key. It returns how many of the two were acknowledged.
func (w *writer) write(c caller) (n int64) {
	switch w.send(c, "incr", object{"key": w.name}) {
	case applied:
		n++
		w.acked++
	case unknown:
		w.unknown++
	}
	key := fmt.Sprintf("%s:%d", w.name, len(w.stored)+len(w.refused)+w.ambiguous)
	switch w.send(c, "set", object{"key": key, "value": key}) {
	case applied:
		n++
		w.stored = append(w.stored, key)
	case notApplied:
		w.refused = append(w.refused, key)
		<-time.After(poll) // there is no use in asking as fast as it is refused
	case unknown:
		w.ambiguous++
	}
	return n
}

// outcome is what an answer, or its absence, says of a write.
type outcome int

const (
	applied outcome = iota
	notApplied
	unknown
)

// send makes one write. It is not cut off when the test is over, for that would make an outcome unknown.
func (w *writer) send(c caller, op string, body object) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	begin := time.Now()
	r, err := c.send(ctx, http.MethodPost, "/api/kv/"+op, body)
	w.slowest = max(w.slowest, time.Since(begin))
	var dial *net.OpError
	switch p := r.problem(); {
	case errors.As(err, &dial) && dial.Op == "dial":
		return notApplied
	case err != nil, p.Outcome == "unknown":
		return unknown
	case r.status == http.StatusOK:
		return applied
	case p.Code == "kv_unavailable" && r.header.Get("Retry-After") == "":
	case r.status == http.StatusServiceUnavailable, r.status == http.StatusGatewayTimeout:
		return notApplied
	}
	w.odd = append(w.odd, r.String())
	return unknown
}

// account is what became of the writes of a fleet, as it was told and as it is.
type account struct {
	acked, unknown, counted int64 // additions
	lost, twice             int64 // of those: acknowledged and gone; too many for the answers
	stored, gone            int   // keys: acknowledged; of those not there
	refused, reborn         int   // keys: refused as not applied; of those there
	ambiguous               int   // keys of which nobody knows
	slowest                 time.Duration
}

func (a account) String() string {
	return fmt.Sprintf("%d additions acknowledged, %d unknown, %d counted, %d lost, %d too many; "+
		"%d keys acknowledged, %d gone; %d keys refused, %d there; %d keys unknown; the slowest answer after %v",
		a.acked, a.unknown, a.counted, a.lost, a.twice, a.stored, a.gone, a.refused, a.reborn, a.ambiguous, a.slowest)
}

// account reads back what the fleet has written.
func (f *fleet) account(t *testing.T, c caller) (a account) {
	t.Helper()
	for _, w := range f.writers {
		for _, odd := range w.odd[:min(3, len(w.odd))] {
			t.Errorf("a write was answered %s", odd)
		}
		var counter struct{ Value int64 }
		c.kv(t, "get", object{"key": w.name}).decode(t, &counter)
		a.acked, a.unknown, a.counted = a.acked+w.acked, a.unknown+w.unknown, a.counted+counter.Value
		a.lost += max(0, w.acked-counter.Value)
		a.twice += max(0, counter.Value-w.acked-w.unknown)
		a.stored += len(w.stored)
		a.gone += len(w.stored) - countThere(t, c, w.stored)
		a.refused += len(w.refused)
		a.reborn += countThere(t, c, w.refused)
		a.ambiguous += w.ambiguous
		a.slowest = max(a.slowest, w.slowest)
	}
	t.Log(a)
	return a
}

// balanced fails the test if an acknowledged write is gone, or one is there that was refused, or more than once.
func (f *fleet) balanced(t *testing.T, c caller) account {
	t.Helper()
	a := f.account(t, c)
	if a.lost+a.twice > 0 || a.gone+a.reborn > 0 {
		t.Error("what was acknowledged is not what is there")
	}
	return a
}

// countThere returns how many of the keys hold their own name.
func countThere(t *testing.T, c caller, keys []string) (n int) {
	t.Helper()
	for some := range slices.Chunk(keys, 1000) {
		var found struct{ Values []json.RawMessage }
		c.kv(t, "mget", object{"keys": some}).decode(t, &found)
		for i, value := range found.Values {
			if string(value) == `"`+some[i]+`"` {
				n++
			}
		}
	}
	return n
}
