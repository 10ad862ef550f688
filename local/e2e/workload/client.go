// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// outcome is what an answer, or its absence, says of a request.
type outcome int

const (
	answered outcome = iota // a write is acknowledged
	refused                 // nothing was applied
	unknown                 // it may have been applied or not
)

// call is one request of a client, and what the client knows of it.
type call struct {
	op, key    string
	outcome    outcome
	begin, end time.Time
}

// client is a client of a workload. It makes one request after the other, and writes down what became of each.
type client struct {
	token   string
	project string // which its values name
	name    string // of its counter, and what the names of its keys begin with

	mu    sync.Mutex
	calls []call // in the order of time

	keys      int      // that it tried to store
	stored    []string // those of them that were acknowledged
	additions int      // to its counter, but for those that were refused
	odd       []string // answers that nothing allows
	strange   []string // values that are not its own
	unseen    []string // acknowledged keys that a read did not find
}

// step adds one to the counter, stores a key, and reads one that is stored. It returns how many of the two writes were
// acknowledged.
func (w *client) step(url string) (acked int64) {
	c := e2e.Caller{URL: url, Token: w.token}
	if w.add(c) == answered {
		acked++
	}
	switch w.store(c) {
	case answered:
		acked++
	case refused:
		<-time.After(e2e.Poll) // there is no use in asking as fast as it is refused
	}
	if len(w.stored) > 0 {
		w.read(c, w.stored[rand.N(len(w.stored))])
	}
	return acked
}

// add adds one to the counter, which no other client does.
func (w *client) add(c e2e.Caller) outcome {
	r, out := w.send(c, "incr", w.name, e2e.Object{"key": w.name})
	if out == refused {
		return out
	}
	w.additions++
	var counter struct{ Value int }
	_ = json.Unmarshal(r.Body, &counter)
	if counter.Value > w.additions {
		w.odd = append(w.odd, fmt.Sprintf("incr: %d after %d additions at most", counter.Value, w.additions))
	}
	return out
}

// store stores another key.
func (w *client) store(c e2e.Caller) outcome {
	key := fmt.Sprintf("%s:%d", w.name, w.keys)
	w.keys++
	_, out := w.send(c, "set", key, e2e.Object{"key": key, "value": w.value(key)})
	if out == answered {
		w.stored = append(w.stored, key)
	}
	return out
}

// value returns what the client stores under a key: no other client does.
func (w *client) value(key string) string { return w.project + "/" + key }

// read reads an acknowledged key.
func (w *client) read(c e2e.Caller, key string) {
	r, out := w.send(c, "get", key, e2e.Object{"key": key})
	if out != answered {
		return
	}
	switch string(bytes.TrimSpace(r.Body)) {
	case `{"value":"` + w.value(key) + `"}`:
	case `{"value":null}`:
		w.unseen = append(w.unseen, key)
	default:
		w.strange = append(w.strange, fmt.Sprintf("get of %s in %s: %s", key, w.project, r))
	}
}

// send makes one request and writes it down. It is not cut off when the test is over, for that would make
// an outcome unknown.
func (w *client) send(c e2e.Caller, op, key string, body e2e.Object) (e2e.Reply, outcome) {
	ctx, cancel := context.WithTimeout(context.Background(), e2e.Patience)
	defer cancel()
	begin := time.Now()
	r, err := c.SendWith(ctx, e2e.UncheckedClient, http.MethodPost, "/api/kv/"+op, body)
	end := time.Now()
	out, allowed := outcomeOf(r, err)
	if !allowed {
		w.odd = append(w.odd, fmt.Sprintf("%s: %s", op, r))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, call{op, key, out, begin, end})
	return r, out
}

// outcomeOf returns what an answer, or its absence, means, and whether it is allowed during a fault.
func outcomeOf(r e2e.Reply, err error) (out outcome, allowed bool) {
	var dial *net.OpError
	switch p := r.Problem(); {
	case errors.As(err, &dial) && dial.Op == "dial":
		return refused, true
	case err != nil, p.Outcome == "unknown":
		return unknown, true
	case r.Status == http.StatusOK:
		return answered, true
	case p.Code == "kv_unavailable":
		return refused, r.Header.Get("Retry-After") != ""
	case p.Code == "kv_disabled", p.Code == "storage_full", p.Code == "out_of_memory", p.Code == "timeout":
		return refused, true
	}
	return unknown, false
}

// history returns the requests so far.
func (w *client) history() []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// firstAcked returns the first write that was sent after a time and acknowledged.
func (w *client) firstAcked(after time.Time) (first call, found bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range slices.Backward(w.calls) {
		if !c.begin.After(after) {
			break
		}
		if c.op != "get" && c.outcome == answered {
			first, found = c, true
		}
	}
	return first, found
}
