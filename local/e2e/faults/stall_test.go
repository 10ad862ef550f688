// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// stallTime is how long a Redis is frozen at least: it is until each request that askFrozen makes was answered, for which
// one without a deadline would wait in vain.
const stallTime = 5 * time.Second

// redisFrozen freezes the Redis for longer than a request may take.
func redisFrozen(t *testing.T) result {
	redis := redistest.Start(t, e2e.FsyncAlways...)
	g := newGateway(t, e2e.External(redis.URL))
	v := faultCase{inject: func(int, *workload.Workload) (hit, over time.Time) {
		redis.Stop()
		hit = time.Now()
		resume := time.After(stallTime)
		g.askFrozen(t)
		<-resume
		redis.Cont()
		over = time.Now()
		g.AwaitHealthy()
		return hit, over
	}}.on(t, g)
	if v.Refused+v.Unknown == 0 || v.Slowest < deadline/2 {
		t.Error("the Redis was not felt to be frozen")
	}
	return v
}

// askFrozen makes requests of each kind while the Redis does not answer.
func (g *gateway) askFrozen(t *testing.T) {
	t.Helper()
	c := g.As(g.tokens[0])
	ctx, cancel := context.WithTimeout(t.Context(), e2e.Patience)
	defer cancel()
	var asking sync.WaitGroup
	for op, body := range map[string]e2e.Object{
		"get": {"key": "a"}, "keys": {"pattern": "*"}, "scan": {}, "set": {"key": "a", "value": 1}, "incr": {"key": "a"},
	} {
		asking.Go(func() {
			r, err := c.Send(ctx, http.MethodPost, "/api/kv/"+op, body)
			if err != nil {
				t.Errorf("%s was not answered, and may take %v: %v", op, deadline, err)
			} else if objection := frozenAnswer(op, r); objection != "" {
				t.Errorf("%s: got %s, want %s", op, r, objection)
			}
		})
	}
	asking.Wait()
	if st := g.Status(); st.Healthy || st.Message == "" {
		t.Errorf("while the Redis is frozen, the status is %+v", st)
	}
}

// frozenAnswer returns what an answer should have been, empty if it is fine. A write that was sent has an unknown
// outcome; one that still waited to be sent timed out, or found no room to wait.
func frozenAnswer(op string, r e2e.Reply) string {
	p := r.Problem()
	isWrite := op == "set" || op == "incr"
	switch {
	case r.Status == http.StatusServiceUnavailable && p.Code == "kv_unavailable":
		return ""
	case r.Status != http.StatusGatewayTimeout || p.Code != "timeout":
		return "504 timeout"
	case p.Outcome != "" && !isWrite:
		return fmt.Sprintf("no outcome of a read, not %q", p.Outcome)
	}
	return ""
}
