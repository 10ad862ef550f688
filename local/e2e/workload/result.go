// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// Result is the outcome of the writes of a workload, by the answers of its clients and by the data.
type Result struct {
	Acked, Refused, Unknown int           // writes
	Lost                    int           // of those acknowledged: gone
	Twice                   int           // applied more often than the answers allow, or though refused
	Foreign                 int           // answers with what another project, or client, has written
	Unseen                  int           // reads that did not find an acknowledged key
	Oldest                  time.Duration // how long before a fault the oldest was sent that is lost
	Slowest                 time.Duration // answer
}

func (a Result) String() string {
	return fmt.Sprintf("%d writes acknowledged, %d refused, %d unknown; %d lost, %d too many, %d foreign, %d not found; "+
		"the slowest answer after %v", a.Acked, a.Refused, a.Unknown, a.Lost, a.Twice, a.Foreign, a.Unseen, a.Slowest)
}

// Check reads back what the workload has written, and compares it with the answers of the clients. The times are those
// at which faults hit.
func (f *Workload) Check(t *testing.T, url string, hits ...time.Time) (a Result) {
	t.Helper()
	var odd []string
	for _, w := range f.clients {
		odd = append(append(odd, w.odd...), w.strange...)
		a.Foreign += len(w.strange)
		a.Unseen += len(w.unseen)
		a.count(w)
		c := e2e.Caller{URL: url, Token: w.token}
		a.counter(t, w, c, hits)
		a.keys(t, w, c, hits)
	}
	if len(odd) > 0 {
		t.Errorf("%d answers are not allowed, such as:\n%s", len(odd), strings.Join(odd[:min(10, len(odd))], "\n"))
	}
	t.Log(a)
	return a
}

// Outcomes adds up the answers of the clients, without reading the data.
func (f *Workload) Outcomes() (a Result) {
	for _, w := range f.clients {
		a.count(w)
		a.Foreign += len(w.strange)
	}
	return a
}

// count adds up the outcomes of a client's requests.
func (a *Result) count(w *client) {
	for _, c := range w.calls {
		a.Slowest = max(a.Slowest, c.end.Sub(c.begin))
		switch {
		case c.op == "get":
		case c.outcome == answered:
			a.Acked++
		case c.outcome == refused:
			a.Refused++
		default:
			a.Unknown++
		}
	}
}

// counter compares a counter with the additions to it: acknowledged <= counted <= acknowledged + unknown.
// Lost additions are those nearest to a fault, assuming that the last ones are lost.
func (a *Result) counter(t *testing.T, w *client, c e2e.Caller, hits []time.Time) {
	t.Helper()
	var ages []time.Duration // of the acknowledged, when the next fault hit
	for _, c := range w.calls {
		if c.op == "incr" && c.outcome == answered {
			ages = append(ages, untilNext(c.begin, hits))
		}
	}
	var counter struct{ Value int }
	c.KV(t, "get", e2e.Object{"key": w.name}).Decode(t, &counter)
	a.Twice += max(0, counter.Value-w.additions)
	if lost := len(ages) - counter.Value; lost > 0 {
		slices.Sort(ages)
		a.Lost += lost
		a.Oldest = max(a.Oldest, ages[lost-1])
	}
}

// keys looks for each key that a client tried to store.
func (a *Result) keys(t *testing.T, w *client, c e2e.Caller, hits []time.Time) {
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
		c.KV(t, "mget", e2e.Object{"keys": names}).Decode(t, &found)
		for i, s := range some {
			switch value := string(found.Values[i]); {
			case value == "null" && s.outcome == answered:
				a.Lost++
				a.Oldest = max(a.Oldest, untilNext(s.begin, hits))
			case value == "null":
			case value != `"`+w.value(s.key)+`"`:
				a.Foreign++
			case s.outcome == refused:
				a.Twice++
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

// ExpectConsistent fails the test if an acknowledged write was lost, a refused write was applied, a write was applied twice, or
// a client saw the data of another.
func (f *Workload) ExpectConsistent(t *testing.T, url string) Result {
	t.Helper()
	a := f.Check(t, url)
	f.CheckOrder(t, url)
	if a.Lost+a.Twice+a.Foreign+a.Unseen > 0 {
		t.Error("the data are not what was acknowledged")
	}
	return a
}

// ExpectNothingExtra fails the test if a refused write was applied, a write was applied twice, or a client saw the data of
// another. Lost writes are only logged.
func (f *Workload) ExpectNothingExtra(t *testing.T, url string) {
	t.Helper()
	if a := f.Check(t, url); a.Twice+a.Foreign > 0 {
		t.Error("the data are not what was written")
	}
}
