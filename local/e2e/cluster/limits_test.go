// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package cluster_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// flooding sends as fast as it is answered until the time is over, and counts what went through and what was refused
// for its rate; anything else is an error.
func flooding(t *testing.T, d time.Duration, at ...e2e.Caller) (passed, refused int64) {
	t.Helper()
	var ok, early atomic.Int64
	var all sync.WaitGroup
	end := time.Now().Add(d)
	for _, c := range at {
		for range 2 {
			all.Go(func() {
				for time.Now().Before(end) {
					switch r := c.KV(t, "get", e2e.Object{"key": "a"}); {
					case r.Status == http.StatusOK:
						ok.Add(1)
					case r.Status == http.StatusTooManyRequests && r.Problem().Code == "rate_limited" && r.Header.Get("Retry-After") != "":
						early.Add(1)
					default:
						t.Errorf("answered %s", r)
						return
					}
				}
			})
		}
	}
	all.Wait()
	return ok.Load(), early.Load()
}

// TestLimitsOfSeveralGateways floods two servers with one token: together they let its limit through. When the Redis that
// they share their counts in is killed, each counts for itself.
func TestLimitsOfSeveralGateways(t *testing.T) {
	t.Parallel()
	control, data := redistest.Start(t), redistest.Start(t)
	const perSecond, burst = 50, 10
	limit := fmt.Sprintf("%d:%d", perSecond, burst)
	a := e2e.ServeShared(t, control.URL, "--redis-url", data.URL, "--rate-limit-token", limit)
	b := e2e.ServeShared(t, control.URL, "--redis-url", data.URL, "--rate-limit-token", limit)
	a.Enable(e2e.Object{})
	_, token := a.CreateProject("p")
	e2e.Soon(t, "the enable of another", e2e.Answers(t, b.As(token), "get", e2e.Object{"key": "a"}, http.StatusOK))

	begin := time.Now()
	passed, refused := flooding(t, 10*time.Second, a.As(token), b.As(token))
	took := time.Since(begin).Seconds()
	// Each may let its burst through, and what comes before it has heard of the other.
	most := int64(perSecond*took*1.2) + 4*burst
	t.Logf("shared: %d went through in %.1f s, of %d at most; %d were refused", passed, took, most, refused)
	if passed > most || refused == 0 {
		t.Errorf("%d went through and %d were refused, want %d at most", passed, refused, most)
	}

	control.Kill()
	begin = time.Now()
	passed, refused = flooding(t, 2*time.Second, a.As(token), b.As(token)) // known tokens are good for 5 s
	took = time.Since(begin).Seconds()
	most = 2 * (int64(perSecond*took*1.2) + 2*burst)
	t.Logf("each for itself: %d went through in %.1f s, of %d at most; %d were refused", passed, took, most, refused)
	if passed == 0 || passed > most || refused == 0 {
		t.Errorf("%d went through and %d were refused, want %d at most", passed, refused, most)
	}
}

// TestAnswersInRedis has a project send requests with one new Idempotency-Key after the other into a Redis that would hold
// more of them than its limit allows: it is refused before it takes the room of another.
func TestAnswersInRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := e2e.Serve(t, t.TempDir(), "--max-bytes", "64kb")
	s.Enable(e2e.Object{"engine": "external", "redis_url": redis.URL})
	_, token := s.CreateProject("p")
	_, other := s.CreateProject("q")
	c := s.As(token)
	send := func(key string) e2e.Reply {
		return c.Keyed(t, key, "incr", e2e.Object{"key": "n"})
	}
	n := 0
	e2e.Eventually(t, "a request to be refused", func() string {
		for range 100 {
			n++
			if r := send(fmt.Sprint("request ", n)); r.Status == http.StatusInsufficientStorage {
				if p := r.Problem(); p.Code != "quota_exceeded" || !strings.Contains(p.Detail, "Idempotency-Key") {
					t.Errorf("refused with %s", r)
				}
				return ""
			} else if r.Status != http.StatusOK {
				t.Fatalf("request %d: %s", n, r)
			}
		}
		return "all are taken"
	})
	if r := send("request 1"); r.Status != http.StatusOK || r.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("a repeated request: %s", r)
	}
	if r := c.KV(t, "incr", e2e.Object{"key": "n"}); r.Status != http.StatusOK {
		t.Errorf("without the header: %s", r)
	}
	s.As(other).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	t.Logf("%d requests until one was refused", n)
}

// TestQuotaInRedis has a project write more keys than it may into a Redis, where they are counted now and then.
func TestQuotaInRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := e2e.Serve(t, t.TempDir(), "--max-keys", "10", "--max-bytes", "64kb")
	s.Enable(e2e.Object{"engine": "external", "redis_url": redis.URL})
	_, token := s.CreateProject("p")
	c := s.As(token)
	n := 0
	e2e.Eventually(t, "a write to be refused", func() string {
		r := c.KV(t, "set", e2e.Object{"key": fmt.Sprint("k", n), "value": n})
		n++
		if r.Status == http.StatusOK {
			return "all are taken"
		}
		if r.Status != http.StatusInsufficientStorage || r.Problem().Code != "quota_exceeded" {
			t.Fatalf("refused with %s", r)
		}
		return ""
	})
	c.Expect(t, "set", e2e.Object{"key": "k0", "value": 1}, `{"result":"OK"}`)
	c.Expect(t, "get", e2e.Object{"key": "k0"}, `{"value":1}`)
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprint("k", i)
	}
	for some := range slices.Chunk(keys, 1000) { // as many as one call may name
		if r := c.KV(t, "del", e2e.Object{"keys": some}); r.Status != http.StatusOK {
			t.Fatalf("deleting %d keys: %s", len(some), r)
		}
	}
	e2e.Eventually(t, "a write to be taken again", e2e.Answers(t, c, "set", e2e.Object{"key": "new", "value": 1}, http.StatusOK))
	e2e.Eventually(t, "a write of too many bytes to be refused", e2e.Answers(t, c, "set",
		e2e.Object{"key": "large", "value": string(make([]byte, 64<<10))}, http.StatusInsufficientStorage))
}
