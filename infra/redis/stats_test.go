// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// Calls that wait while Redis is frozen are counted as waiting, and end when it continues.
func TestStats(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, redis.Config{URL: server.URL, Coalesce: true})
	before := s.Stats()
	server.Stop()
	const calls = 20
	done := make(chan error, calls)
	for range calls {
		go func() {
			_, err := s.Incr(t.Context(), 1, "n", 1, 0)
			done <- err
		}()
	}
	awaitStats(t, s, "all calls to have come", func(now kv.Stats) bool {
		return now.Waiting+now.Sent == calls && now.Sent > 0
	})
	server.Cont()
	for range calls {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	awaitStats(t, s, "nothing to wait", func(now kv.Stats) bool { return now.Waiting+now.Sent == 0 })
	after := s.Stats()
	batches := uint64(0)
	for i, n := range after.Batches.Sizes {
		batches += n - before.Batches.Sizes[i]
	}
	if sent := after.Batches.Calls - before.Batches.Calls; sent != calls || batches == 0 || batches > calls {
		t.Errorf("%d calls in %d batches, want %d", sent, batches, calls)
	}
	if len(after.Pools) != 2 || after.Pools[1].Name != "pipelines" || after.Pools[1].Open == 0 {
		t.Errorf("got pools %+v", after.Pools)
	}
}

func awaitStats(t *testing.T, s *redis.Store, what string, holds func(kv.Stats) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for tick := time.NewTicker(time.Millisecond); !holds(s.Stats()); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s: %+v", what, s.Stats())
		}
	}
}
