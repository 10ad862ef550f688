// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/local/e2e/history"
)

// client makes random calls of one client on a store, and records them.
type client struct {
	testing.TB
	number int
	rand   *rand.Rand
	store  kv.Store
	log    *history.Log
}

const (
	values   = 4 // keys that hold values
	counters = 2 // keys that hold integers
)

// step makes one call.
func (c *client) step(i int) {
	key := fmt.Sprint("value", c.rand.IntN(values))
	if c.rand.IntN(8) == 0 {
		key = strings.Repeat("a long key", 20)
	}
	counter := fmt.Sprint("counter", c.rand.IntN(counters))
	fresh := fmt.Sprintf(`"%d-%d"`, c.number, i)
	ctx, begin := c.Context(), time.Now()
	note := func(op history.Op, key, in, out string, err error) {
		if err != nil {
			c.Errorf("%s: %v", op, err)
		}
		c.log.Add(history.Call{Client: c.number, Op: op, Key: key, Input: in, Output: out, Begin: begin, End: time.Now()})
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	switch c.rand.IntN(16) {
	default:
		v, err := c.store.Get(ctx, 1, kv.Key(key))
		note(history.Get, key, "", string(v), err)
	case 0, 1:
		v, err := c.store.Get(ctx, 1, kv.Key(counter))
		note(history.Get, counter, "", string(v), err)
	case 2:
		read, err := c.store.MGet(ctx, 1, []kv.Key{kv.Key(key), kv.Key(counter)})
		note(history.Get, key, "", string(read[0]), err)
		note(history.Get, counter, "", string(read[1]), err)
	case 3:
		_, err := c.store.Set(ctx, 1, kv.Key(key), kv.Value(fresh), kv.SetOptions{TTL: time.Hour})
		note(history.Set, key, fresh, "", err)
	case 4:
		set, err := c.store.Set(ctx, 1, kv.Key(key), kv.Value(fresh), kv.SetOptions{Condition: kv.NX})
		note(history.SetNX, key, fresh, map[bool]string{true: "1", false: "0"}[set], err)
	case 5:
		n, err := c.store.Del(ctx, 1, []kv.Key{kv.Key(key)})
		note(history.Del, key, "", number(n), err)
	case 6:
		gone, err := c.store.Expire(ctx, 1, kv.Key(key), 0)
		note(history.Del, key, "", map[bool]string{true: "1", false: "0"}[gone], err)
	case 7:
		n, err := c.store.Incr(ctx, 1, kv.Key(counter), 1, 0)
		note(history.Incr, counter, "", number(n), err)
	case 8:
		other := key + "'"
		err := c.store.MSet(ctx, 1, []kv.Entry{{Key: kv.Key(key), Value: kv.Value(fresh)}, {Key: kv.Key(other), Value: kv.Value(fresh)}})
		note(history.Set, key, fresh, "", err)
		note(history.Set, other, fresh, "", err)
	}
}

// TestCacheIsCoherent has several clients read and write the same keys at once. One order of their calls explains the answers, with
// the cache as without.
func TestCacheIsCoherent(t *testing.T) {
	t.Parallel()
	for name, memory := range map[string]int64{"without": 0, "small": 1000, "large": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, t.TempDir(), embedded.Config{CacheMemory: memory})
			var log history.Log
			var clients sync.WaitGroup
			seed := rand.Uint64()
			t.Log("the seed is ", seed)
			for n := range 8 {
				c := &client{TB: t, number: n, rand: rand.New(rand.NewPCG(seed, uint64(n))), store: s, log: &log}
				clients.Go(func() {
					for i := range 400 {
						c.step(i)
					}
				})
			}
			clients.Wait()
			if err := log.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCacheEndsWithItsProject deletes a project whose keys are in the cache, and lets others expire and be swept.
func TestCacheEndsWithItsProject(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := open(t, t.TempDir(), embedded.Config{CacheMemory: 1 << 20, Now: c.now})
	for p := range kv.ProjectID(2) {
		for _, key := range []kv.Key{"stays", "expires"} {
			ttl := map[kv.Key]time.Duration{"expires": time.Minute}[key]
			if _, err := s.Set(t.Context(), p+1, key, kv.Value(`1`), kv.SetOptions{TTL: ttl}); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := func(p kv.ProjectID, key kv.Key, want string) {
		t.Helper()
		for range 2 { // from the file, and from the cache
			if v, err := s.Get(t.Context(), p, key); string(v) != want || err != nil {
				t.Errorf("project %d has %s = %q, %v; want %q", p, key, v, err, want)
			}
		}
	}
	want(1, "stays", "1")
	want(2, "stays", "1")
	want(2, "expires", "1")
	c.advance(time.Minute)
	want(2, "expires", "1") // in its last millisecond
	c.advance(time.Millisecond)
	want(2, "expires", "")
	if err := s.DeleteProject(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	want(1, "stays", "")
	want(2, "stays", "1")
	record := kv.Record{Project: 1, Key: "stays", Text: []byte(`2`)}
	if _, err := s.Import(t.Context(), []kv.Record{record}); err != nil {
		t.Fatal(err)
	}
	want(1, "stays", "2")
}

// TestReadsDoNotGoBack reads a counter from the file and from the cache in turns, while it is incremented.
func TestReadsDoNotGoBack(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), embedded.Config{CacheMemory: 1 << 20})
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for last := int64(0); ; {
				select {
				case <-done:
					return
				default:
				}
				for _, read := range []func() (kv.Value, error){
					func() (kv.Value, error) {
						v, err := s.MGet(t.Context(), 1, []kv.Key{"n"})
						return v[0], err
					},
					func() (kv.Value, error) { return s.Get(t.Context(), 1, "n") },
				} {
					v, err := read()
					n, _ := strconv.ParseInt(string(v), 10, 64)
					if err != nil || n < last {
						t.Errorf("read %s after %d, %v", v, last, err)
						return
					}
					last = max(n, last)
				}
			}
		})
	}
	for range 300 {
		if _, err := s.Incr(t.Context(), 1, "n", 1, 0); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
}
