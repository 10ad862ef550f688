// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// crowd is 32 clients that count up, over 16 keys, until they are stopped.
type crowd struct {
	t       *testing.T
	store   *redis.Store
	keys    []kv.Key
	rest    time.Duration // of each client between two calls
	cancel  context.CancelFunc
	clients sync.WaitGroup

	calls                   [32]atomic.Int64 // of each client, that have ended
	acked, unknown, refused atomic.Int64
	overrun                 atomic.Int64 // the longest time that a call took after its deadline, in nanoseconds
}

// startCrowd starts the clients. Each call has that timeout, and each client pauses between two calls.
func startCrowd(t *testing.T, s *redis.Store, limit, rest time.Duration) *crowd {
	ctx, cancel := context.WithCancel(t.Context())
	c := &crowd{t: t, store: s, rest: rest, cancel: cancel}
	for i := range 16 {
		c.keys = append(c.keys, kv.Key(fmt.Sprint("n", i)))
	}
	for i := range c.calls {
		c.clients.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				c.count(c.keys[n%len(c.keys)], limit)
				c.calls[i].Add(1)
			}
		})
	}
	return c
}

// count makes one call. Its time is not cut short by stop.
func (c *crowd) count(key kv.Key, limit time.Duration) {
	ctx, cancel := context.WithTimeout(c.t.Context(), limit)
	defer cancel()
	end := time.Now().Add(limit)
	_, err := c.store.Incr(ctx, 1, key, 1, 0)
	if over := time.Since(end).Nanoseconds(); over > c.overrun.Load() {
		c.overrun.Store(over)
	}
	switch {
	case err == nil:
		c.acked.Add(1)
		<-time.After(c.rest)
	case errors.Is(err, kv.ErrOutcomeUnknown):
		c.unknown.Add(1)
	case errors.Is(err, kv.ErrUnavailable), errors.Is(err, kv.ErrTimeout):
		c.refused.Add(1)
		<-time.After(time.Millisecond)
	default:
		c.t.Errorf("Incr: %v", err)
	}
}

// progress waits until some more calls have been acknowledged.
func (c *crowd) progress(calls int64) {
	c.t.Helper()
	goal := c.acked.Load() + calls
	eventually(c.t, "calls to be answered", func() bool { return c.acked.Load() >= goal })
}

// answered waits until that many more calls of each client have returned, with any result.
func (c *crowd) answered(calls int64) {
	c.t.Helper()
	var goals [len(c.calls)]int64
	for i := range c.calls {
		goals[i] = c.calls[i].Load() + calls
	}
	eventually(c.t, "each caller to be answered", func() bool {
		for i := range c.calls {
			if c.calls[i].Load() < goals[i] {
				return false
			}
		}
		return true
	})
}

// stop ends the clients and returns the sum of what is stored, once the store answers.
func (c *crowd) stop() (sum int64) {
	c.t.Helper()
	c.cancel()
	c.clients.Wait()
	eventually(c.t, "the count", func() bool {
		sum = 0
		ctx, cancel := context.WithTimeout(c.t.Context(), patience)
		defer cancel()
		values, err := c.store.MGet(ctx, 1, c.keys)
		for _, v := range values {
			n, _ := strconv.ParseInt(string(v), 10, 64)
			sum += n
		}
		return err == nil
	})
	c.t.Logf("count %d: %d acknowledged, %d unknown, %d refused; answers at most %v late",
		sum, c.acked.Load(), c.unknown.Load(), c.refused.Load(), time.Duration(c.overrun.Load()))
	return sum
}

// check stops the clients and checks that nothing acknowledged is lost and nothing is applied twice.
func (c *crowd) check() {
	c.t.Helper()
	sum, acked, unknown := c.stop(), c.acked.Load(), c.unknown.Load()
	if sum < acked || sum > acked+unknown {
		c.t.Errorf("count %d, want at least the %d acknowledged and at most the %d unknown more", sum, acked, unknown)
	}
}

// growing calls f with 500 ms, and as long as it returns an error with four times as much, up to half a minute. It is for what
// takes that time, and fails on a machine that is too busy for it.
func growing(t *testing.T, f func(d time.Duration) error) {
	t.Helper()
	for d := 500 * time.Millisecond; ; d *= 4 {
		err := f(d)
		if err == nil {
			return
		}
		t.Logf("with %v: %v", d, err)
		if d > 30*time.Second {
			t.Fatal(err)
		}
	}
}

// eventually waits until the condition holds, and ends the test if it takes too long.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("waited %v for %s", patience, what)
}
