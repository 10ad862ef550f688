// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/history"
)

const (
	// contendersEach is how many clients of a project meet on the same keys.
	contendersEach = 4
	// callsEach is about how many calls a key gets before contenders continue with the next: the longer a history, and the more of
	// it without an answer, the longer the search for its order.
	callsEach = 120
)

// sharedKeys are keys of a project that several clients change at once, and the history of the answers.
type sharedKeys struct {
	token   string
	project string
	log     history.Log
	calls   atomic.Int64
	names   atomic.Int64 // makes each value another
}

// contender is one of the clients that change the same keys.
type contender struct {
	*sharedKeys
	number int
}

// newContenders returns contenders for the project of each token.
func newContenders(tokens []string) (contenders []contender) {
	for n, token := range tokens {
		c := &sharedKeys{token: token, project: fmt.Sprint("project", n)}
		for number := range contendersEach {
			contenders = append(contenders, contender{c, number})
		}
	}
	return contenders
}

// step makes one call on the present register, counter or claim.
func (r contender) step(url string) {
	n := r.calls.Add(1) / (3 * callsEach)
	kind := []string{"register", "counter", "claim"}[rand.N(3)]
	call := history.Call{Client: r.number, Key: fmt.Sprintf("shared:%s:%d", kind, n), Op: history.Get}
	if rand.N(3) > 0 {
		call.Op = map[string]history.Op{"register": history.Set, "counter": history.Incr, "claim": history.SetNX}[kind]
		if kind != "counter" && rand.N(4) == 0 {
			call.Op = history.Del
		}
	}
	if r.send(url, call) == refused {
		<-time.After(e2e.Poll)
	}
}

// send makes one call and records it, unless it was refused.
func (c *sharedKeys) send(url string, call history.Call) outcome {
	op, body := string(call.Op), e2e.Object{"key": call.Key}
	switch call.Op {
	case history.Set, history.SetNX:
		call.Input = fmt.Sprintf("%s/%d", c.project, c.names.Add(1))
		op, body["value"] = "set", call.Input
		if call.Op == history.SetNX {
			body["nx"] = true
		}
	case history.Del:
		body = e2e.Object{"keys": []string{call.Key}}
	}
	ctx, cancel := context.WithTimeout(context.Background(), e2e.Patience)
	defer cancel()
	call.Begin = time.Now()
	reply, err := e2e.Caller{URL: url, Token: c.token}.SendWith(ctx, e2e.UncheckedClient, http.MethodPost, "/api/kv/"+op, body)
	call.End = time.Now()
	out, _ := outcomeOf(reply, err)
	if out == refused {
		return out
	}
	call.Unknown = out == unknown
	if !call.Unknown {
		call.Output = outputOf(call.Op, reply.Body)
	}
	c.log.Add(call)
	return out
}

// outputOf returns what an answer says, in the terms of a history.
func outputOf(op history.Op, body []byte) string {
	var a struct {
		Value   any
		Result  *string
		Deleted int
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		return "not JSON: " + string(body)
	}
	switch op {
	case history.Get, history.Incr:
		if a.Value == nil {
			return ""
		}
		return fmt.Sprint(a.Value)
	case history.SetNX:
		if a.Result == nil {
			return "0"
		}
		return "1"
	case history.Del:
		return strconv.Itoa(a.Deleted)
	}
	return ""
}

// CheckOrder reads each key once more, and fails the test unless one order of the calls explains all answers.
// It returns how many calls there were.
func (f *Workload) CheckOrder(t *testing.T, url string) (calls int) {
	t.Helper()
	var sets []*sharedKeys
	for _, r := range f.contenders {
		if !slices.Contains(sets, r.sharedKeys) {
			sets = append(sets, r.sharedKeys)
		}
	}
	for _, c := range sets {
		for _, key := range c.log.Keys() {
			if out := c.send(url, history.Call{Client: contendersEach, Op: history.Get, Key: key}); out != answered {
				t.Errorf("%s cannot be read at the end", key)
			}
		}
		calls += c.log.Len()
		if err := c.log.Check(); err != nil {
			t.Errorf("%s: %v", c.project, err)
		}
	}
	t.Logf("one order explains %d calls of contenders", calls)
	return calls
}
