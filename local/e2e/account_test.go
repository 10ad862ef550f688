// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// account is what became of the writes of a fleet, as its clients were told and as it is.
type account struct {
	acked, refused, unknown int           // writes
	lost                    int           // of those acknowledged: gone
	twice                   int           // applied more often than the answers allow, or though refused
	foreign                 int           // answers with what another project, or client, has written
	unseen                  int           // reads that did not find an acknowledged key
	oldest                  time.Duration // how long before a fault the oldest was sent that is lost
	slowest                 time.Duration // answer
}

func (a account) String() string {
	return fmt.Sprintf("%d writes acknowledged, %d refused, %d unknown; %d lost, %d too many, %d foreign, %d not found; "+
		"the slowest answer after %v", a.acked, a.refused, a.unknown, a.lost, a.twice, a.foreign, a.unseen, a.slowest)
}

// account reads back what the fleet has written, and holds it against what the clients were told. The times are those
// at which faults hit.
func (f *fleet) account(t *testing.T, url string, hits ...time.Time) (a account) {
	t.Helper()
	var odd []string
	for _, w := range f.clients {
		odd = append(append(odd, w.odd...), w.strange...)
		a.foreign += len(w.strange)
		a.unseen += len(w.unseen)
		a.count(w)
		c := caller{url, w.token}
		a.counter(t, w, c, hits)
		a.keys(t, w, c, hits)
	}
	if len(odd) > 0 {
		t.Errorf("%d answers are not allowed, such as:\n%s", len(odd), strings.Join(odd[:min(10, len(odd))], "\n"))
	}
	t.Log(a)
	return a
}

// count adds up the outcomes of a client's requests.
func (a *account) count(w *worker) {
	for _, c := range w.calls {
		a.slowest = max(a.slowest, c.end.Sub(c.begin))
		switch {
		case c.op == "get":
		case c.outcome == answered:
			a.acked++
		case c.outcome == refused:
			a.refused++
		default:
			a.unknown++
		}
	}
}

// counter holds a counter against the additions to it: acknowledged <= counted <= acknowledged + unknown.
// What is lost of them are those nearest to a fault, if it is the last that is lost.
func (a *account) counter(t *testing.T, w *worker, c caller, hits []time.Time) {
	t.Helper()
	var ages []time.Duration // of the acknowledged, when the next fault hit
	for _, c := range w.calls {
		if c.op == "incr" && c.outcome == answered {
			ages = append(ages, untilNext(c.begin, hits))
		}
	}
	var counter struct{ Value int }
	c.kv(t, "get", object{"key": w.name}).decode(t, &counter)
	a.twice += max(0, counter.Value-w.additions)
	if lost := len(ages) - counter.Value; lost > 0 {
		slices.Sort(ages)
		a.lost += lost
		a.oldest = max(a.oldest, ages[lost-1])
	}
}

// keys looks for each key that a client tried to store.
func (a *account) keys(t *testing.T, w *worker, c caller, hits []time.Time) {
	t.Helper()
	var stores []call
	for _, c := range w.calls {
		if c.op == "set" {
			stores = append(stores, c)
		}
	}
	for some := range slices.Chunk(stores, 1000) {
		names := make([]string, len(some))
		for i, s := range some {
			names[i] = s.key
		}
		var found struct{ Values []json.RawMessage }
		c.kv(t, "mget", object{"keys": names}).decode(t, &found)
		for i, s := range some {
			switch value := string(found.Values[i]); {
			case value == "null" && s.outcome == answered:
				a.lost++
				a.oldest = max(a.oldest, untilNext(s.begin, hits))
			case value == "null":
			case value != `"`+w.value(s.key)+`"`:
				a.foreign++
			case s.outcome == refused:
				a.twice++
			}
		}
	}
}

// untilNext returns the time from one moment to the first of others after it, a very long one if there is none.
func untilNext(from time.Time, others []time.Time) time.Duration {
	for _, other := range others {
		if d := other.Sub(from); d >= 0 {
			return d
		}
	}
	return 1 << 62
}

// balanced fails the test if an acknowledged write is gone, one is there that was refused, or more than once, or a
// client met with what is not its own.
func (f *fleet) balanced(t *testing.T, url string) account {
	t.Helper()
	a := f.account(t, url)
	explained(t, url, f.rivals)
	if a.lost+a.twice+a.foreign+a.unseen > 0 {
		t.Error("what was acknowledged is not what is there")
	}
	return a
}

// nothingTooMuch fails the test if a write is there that was refused, or more than once, or a client met with what is
// not its own. What is gone is told only.
func (f *fleet) nothingTooMuch(t *testing.T, url string) {
	t.Helper()
	if a := f.account(t, url); a.twice+a.foreign > 0 {
		t.Error("what is there is not what was written")
	}
}
