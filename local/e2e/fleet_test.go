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
	"testing"
	"time"
)

// fleetSize is how many clients write side by side.
const fleetSize = 32

// fleet is clients that write side by side, each to keys of its own.
type fleet []*writer

// writer is one of them. It adds to a counter and stores keys, one request after the other, and knows what became
// of each.
type writer struct {
	name           string
	acked, unknown int64 // additions
	stored         []string
	refused        []string // keys whose storing was refused as not applied
	ambiguous      int      // keys of which nobody knows
	odd            []string // answers that nothing allows
}

func newFleet() fleet {
	f := make(fleet, fleetSize)
	for i := range f {
		f[i] = &writer{name: fmt.Sprintf("w%d", i)}
	}
	return f
}

// run lets every client write until ctx ends, and returns when the last answers are there.
func (f fleet) run(ctx context.Context, c caller) {
	var all sync.WaitGroup
	for _, w := range f {
		all.Go(func() {
			for ctx.Err() == nil {
				w.write(c)
			}
		})
	}
	all.Wait()
}

// start is run in the background; stop ends it and waits.
func (f fleet) start(t *testing.T, c caller) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.run(ctx, c) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// write adds one to the counter and stores one key.
func (w *writer) write(c caller) {
	switch w.send(c, "incr", object{"key": w.name}) {
	case applied:
		w.acked++
	case unknown:
		w.unknown++
	}
	key := fmt.Sprintf("%s:%d", w.name, len(w.stored)+len(w.refused)+w.ambiguous)
	switch w.send(c, "set", object{"key": key, "value": key}) {
	case applied:
		w.stored = append(w.stored, key)
	case notApplied:
		w.refused = append(w.refused, key)
		<-time.After(poll) // there is no use in asking as fast as it is refused
	case unknown:
		w.ambiguous++
	}
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
	r, err := c.send(ctx, http.MethodPost, "/api/kv/"+op, body)
	var dial *net.OpError
	switch p := r.problem(); {
	case errors.As(err, &dial) && dial.Op == "dial":
		return notApplied
	case err != nil, p.Outcome == "unknown":
		return unknown
	case r.status == http.StatusOK:
		return applied
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
	stored, gone, reborn    int   // keys: acknowledged; acknowledged and gone; refused and there
}

func (a account) String() string {
	return fmt.Sprintf("%d additions acknowledged, %d unknown, %d counted, %d lost, %d too many; "+
		"%d keys acknowledged, %d gone, %d there though refused",
		a.acked, a.unknown, a.counted, a.lost, a.twice, a.stored, a.gone, a.reborn)
}

// account reads back what the fleet has written.
func (f fleet) account(t *testing.T, c caller) (a account) {
	t.Helper()
	for _, w := range f {
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
		a.reborn += countThere(t, c, w.refused)
	}
	t.Log(a)
	return a
}

// balanced fails the test if an acknowledged write is gone, or one is there that was refused, or more than once.
func (f fleet) balanced(t *testing.T, c caller) {
	t.Helper()
	if a := f.account(t, c); a.lost+a.twice > 0 || a.gone+a.reborn > 0 {
		t.Error("what was acknowledged is not what is there")
	} else if a.acked == 0 || a.stored == 0 {
		t.Error("nothing was written")
	}
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
