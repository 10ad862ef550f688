// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// flooding sends as fast as it is answered until the time is over, and counts what went through and what was refused
// for its rate; anything else is an error.
func flooding(t *testing.T, d time.Duration, at ...caller) (passed, refused int64) {
	t.Helper()
	var ok, early atomic.Int64
	var all sync.WaitGroup
	end := time.Now().Add(d)
	for _, c := range at {
		for range 2 {
			all.Go(func() {
				for time.Now().Before(end) {
					switch r := c.kv(t, "get", object{"key": "a"}); {
					case r.status == http.StatusOK:
						ok.Add(1)
					case r.status == http.StatusTooManyRequests && r.problem().Code == "rate_limited" && r.header.Get("Retry-After") != "":
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
	a := sharing(t, control.URL, "--redis-url", data.URL, "--rate-limit-token", limit)
	b := sharing(t, control.URL, "--redis-url", data.URL, "--rate-limit-token", limit)
	a.enable(object{})
	_, token := a.project("p")
	soon(t, "the enable of another", answers(t, b.as(token), "get", object{"key": "a"}, http.StatusOK))

	begin := time.Now()
	passed, refused := flooding(t, 10*time.Second, a.as(token), b.as(token))
	took := time.Since(begin).Seconds()
	// Each may let its burst through, and what comes before it has heard of the other.
	most := int64(perSecond*took*1.2) + 4*burst
	t.Logf("shared: %d went through in %.1f s, of %d at most; %d were refused", passed, took, most, refused)
	if passed > most || refused == 0 {
		t.Errorf("%d went through and %d were refused, want %d at most", passed, refused, most)
	}

	control.Kill()
	begin = time.Now()
	passed, refused = flooding(t, 2*time.Second, a.as(token), b.as(token)) // known tokens are good for 5 s
	took = time.Since(begin).Seconds()
	most = 2 * (int64(perSecond*took*1.2) + 2*burst)
	t.Logf("each for itself: %d went through in %.1f s, of %d at most; %d were refused", passed, took, most, refused)
	if passed == 0 || passed > most || refused == 0 {
		t.Errorf("%d went through and %d were refused, want %d at most", passed, refused, most)
	}
}

// TestQuotaInRedis has a project write more keys than it may into a Redis, where they are counted now and then.
func TestQuotaInRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := serve(t, t.TempDir(), "--max-keys", "10", "--max-bytes", "64kb")
	s.enable(object{"engine": "external", "redis_url": redis.URL})
	_, token := s.project("p")
	c := s.as(token)
	n := 0
	eventually(t, "a write to be refused", func() string {
		r := c.kv(t, "set", object{"key": fmt.Sprint("k", n), "value": n})
		n++
		if r.status == http.StatusOK {
			return "all are taken"
		}
		if r.status != http.StatusInsufficientStorage || r.problem().Code != "quota_exceeded" {
			t.Fatalf("refused with %s", r)
		}
		return ""
	})
	c.wants(t, "set", object{"key": "k0", "value": 1}, `{"result":"OK"}`)
	c.wants(t, "get", object{"key": "k0"}, `{"value":1}`)
	var keys []string
	for i := range min(n, 1000) {
		keys = append(keys, fmt.Sprint("k", i))
	}
	c.kv(t, "del", object{"keys": keys})
	eventually(t, "a write to be taken again", answers(t, c, "set", object{"key": "new", "value": 1}, http.StatusOK))
	eventually(t, "a write of too many bytes to be refused", answers(t, c, "set",
		object{"key": "large", "value": string(make([]byte, 64<<10))}, http.StatusInsufficientStorage))
}
