// SPDX-License-Identifier: Apache-2.0

package metamorphic_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/infra/storetest/metamorphic"
)

// patience bounds calls on a busy machine.
const patience = 5 * time.Minute

func openEmbedded(t *testing.T, cacheMemory int64) kv.Store {
	t.Helper()
	s, err := embedded.Open(t.Context(), filepath.Join(t.TempDir(), "data.db"), embedded.Config{CacheMemory: cacheMemory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestEmbedded runs histories without a cache, with one that holds a few keys, and with one that holds all.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	for name, memory := range map[string]int64{"without a cache": 0, "small cache": 1000, "large cache": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			metamorphic.Test(t, openEmbedded(t, memory))
		})
	}
}

func openRedis(t *testing.T, coalesce bool) kv.Store {
	t.Helper()
	server := redistest.Start(t)
	s, err := redis.Open(t.Context(), redis.Config{URL: server.URL, Coalesce: coalesce, Timeout: patience, DialTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestRedis runs histories on Redis, each command alone and several in one batch.
func TestRedis(t *testing.T) {
	t.Parallel()
	for name, coalesce := range map[string]bool{"alone": false, "coalesced": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			metamorphic.Test(t, openRedis(t, coalesce))
		})
	}
}

// forgetful is a store with a cache that MSet does not invalidate.
type forgetful struct {
	kv.Store
	mu    sync.Mutex
	cache map[kv.ProjectID]map[kv.Key]kv.Value
}

func (f *forgetful) Get(ctx context.Context, p kv.ProjectID, key kv.Key) (kv.Value, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if v, ok := f.cache[p][key]; ok {
		return v, nil
	}
	v, err := f.Store.Get(ctx, p, key)
	if f.cache[p] == nil {
		f.cache[p] = map[kv.Key]kv.Value{}
	}
	f.cache[p][key] = v
	return v, err
}

func (f *forgetful) Set(ctx context.Context, p kv.ProjectID, key kv.Key, v kv.Value, o kv.SetOptions) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.cache[p], key)
	return f.Store.Set(ctx, p, key, v, o)
}

// TestFindsAndShrinks finds that a store answers with what was there before, and reports few of the 32 calls: three would do, one that
// fills the cache, one that changes the key, and one that reads it again.
func TestFindsAndShrinks(t *testing.T) {
	t.Parallel()
	s := &forgetful{Store: openRedis(t, false), cache: map[kv.ProjectID]map[kv.Key]kv.Value{}}
	r := rand.New(rand.NewPCG(1, 2))
	report := ""
	for report == "" {
		report = metamorphic.Find(t.Context(), s, r)
	}
	t.Log(report)
	if n := strings.Count(report, "client "); n < 2 || n > 8 || !strings.Contains(report, ": get ") {
		t.Errorf("%d calls are left, not 2 to 8 with a get", n)
	}
}
