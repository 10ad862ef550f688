// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

const (
	stallTime = 10 * time.Second
	// deadline is what a request may take, and slack what a busy machine may add to that. Without a deadline
	// a request would wait for the rest of the stall.
	deadline = time.Second
	slack    = 5 * time.Second
)

// TestStalledRedis freezes the Redis under load for longer than a request may take.
func TestStalledRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s, token := overRedis(t, redis.URL, "--request-timeout", deadline.String())
	c := s.as(token)
	f := newFleet()
	stop := f.start(t, c)
	f.await(t, 1000)

	redis.Stop()
	over := time.After(stallTime)
	var asking sync.WaitGroup
	for op, body := range map[string]object{
		"get": {"key": "a"}, "keys": {"pattern": "*"}, "scan": {}, "set": {"key": "a", "value": 1}, "incr": {"key": "a"},
	} {
		asking.Go(func() { askFrozen(t, c, op, body) })
	}
	asking.Wait()
	if st := s.status(); st.Healthy || st.Message == "" {
		t.Errorf("while the Redis is frozen, the status is %+v", st)
	}
	<-over
	redis.Cont()

	s.awaitHealthy()
	eventually(t, "reads to work again", func() string {
		if r := c.kv(t, "get", object{"key": "w0"}); r.status != http.StatusOK {
			return r.String()
		}
		return ""
	})
	stop()
	a := f.balanced(t, c)
	if a.unknown == 0 && a.ambiguous == 0 || a.slowest > deadline+slack {
		t.Errorf("with a deadline of %v: %v", deadline, a)
	}
}

// askFrozen makes requests of one kind to a server whose Redis does not answer.
func askFrozen(t *testing.T, c caller, op string, body object) {
	for range 2 {
		begin := time.Now()
		r, err := c.send(t.Context(), http.MethodPost, "/api/kv/"+op, body)
		if err != nil {
			t.Errorf("%s: %v", op, err)
			return
		}
		if took := time.Since(begin); took > deadline+slack {
			t.Errorf("%s took %v, and may take %v", op, took, deadline)
		}
		if objection := frozenAnswer(op, r); objection != "" {
			t.Errorf("%s: got %s, want %s", op, r, objection)
		}
	}
}

// frozenAnswer returns what an answer should have been, empty if it is fine. A write that was sent has an unknown
// outcome; one that still waited to be sent timed out, or found no room to wait.
func frozenAnswer(op string, r reply) string {
	p := r.problem()
	isWrite := op == "set" || op == "incr"
	switch {
	case r.status == http.StatusServiceUnavailable && p.Code == "kv_unavailable":
		return ""
	case r.status != http.StatusGatewayTimeout || p.Code != "timeout":
		return "504 timeout"
	case p.Outcome != "" && !isWrite:
		return fmt.Sprintf("no outcome of a read, not %q", p.Outcome)
	}
	return ""
}
