// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"cmp"
	"context"
	"errors"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/infra/storetest"
)

// patience is how long something may take on a busy machine before a test gives up on it.
const patience = 5 * time.Minute

// patient returns c with timeouts that do not end anything on a busy machine, unless the test sets its own.
func patient(c redis.Config) redis.Config {
	c.Timeout, c.DialTimeout = cmp.Or(c.Timeout, patience), cmp.Or(c.DialTimeout, patience)
	return c
}

// open opens a store that ends with the test. It is patient.
func open(tb testing.TB, c redis.Config) *redis.Store {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	s, err := redis.Open(ctx, patient(c))
	for errors.Is(err, kv.ErrTimeout) && ctx.Err() == nil { // the test has a server that is slow, or the machine is busy
		s, err = redis.Open(ctx, patient(c))
	}
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// conformance runs the suite against servers that it empties before each store.
func conformance(t *testing.T, c redis.Config, servers ...*redistest.Server) {
	clients := make([]*goredis.Client, len(servers))
	for i, s := range servers {
		clients[i] = s.Client()
	}
	storetest.Run(t, func(t *testing.T) kv.Store {
		for _, client := range clients {
			if err := client.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		return open(t, c)
	})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	conformance(t, redis.Config{URL: s.URL, Coalesce: true}, s)
}

func TestConformancePlain(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	conformance(t, redis.Config{URL: "unix://" + s.Socket}, s)
}

func TestConformanceCluster(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, false)
	conformance(t, redis.Config{URL: c.URL, Coalesce: true}, c.Masters...)
}
