// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestClosedWhole checks that a closed store leaves no goroutine behind. It runs alone, before the parallel tests.
func TestClosedWhole(t *testing.T) {
	one, sentinel, cluster := redistest.Start(t), redistest.StartSentinel(t), redistest.StartCluster(t, false)
	for _, url := range []string{one.URL, sentinel.URL, cluster.URL, "redis://" + cluster.Masters[0].Addr} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		s, err := redis.Open(ctx, patient(redis.Config{URL: url, Coalesce: true}))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []kv.Key{"a", "b", "c", "d", "e", "f"} {
			if _, err := s.Incr(ctx, 1, key, 1, 0); err != nil {
				t.Error(err)
			}
		}
		for range 2 { // measured, and not measured
			if _, err := s.MGet(ctx, 1, []kv.Key{"a", "b"}); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.ProjectIDs(ctx); err != nil {
			t.Error(err)
		}
		if err := s.Export(ctx, 0, func([]kv.Record) error { return nil }); err != nil {
			t.Error(err)
		}
		cancel()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		eventually(t, "the goroutines of "+url+" to end", func() bool { return !strings.Contains(stacks(), "go-redis") })
	}
}

// stacks returns the stack of every goroutine.
func stacks() string {
	text := make([]byte, 1<<20)
	return string(text[:runtime.Stack(text, true)])
}
