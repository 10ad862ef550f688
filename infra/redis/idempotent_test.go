// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// under returns an id whose fingerprint is made of its name.
func under(key string) *kv.Idempotency {
	id := &kv.Idempotency{Key: key, TTL: kv.IdempotencyTime}
	copy(id.Request[:], key)
	return id
}

// TestOutcomes checks how outcomes are stored: small, for a limited time, and deleted with their project.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	ctx, id := t.Context(), under("6f0c5b0e-3a9c-4d58-9a53-0d1b6f2f7c11")
	if _, err := s.Idempotent(id).Incr(ctx, 7, "n", 5, 0); err != nil {
		t.Fatal(err)
	}
	name := "kv:p7!:" + id.Key
	if got, want := c.Get(ctx, name).Val(), string(id.Request[:])+":5"; got != want {
		t.Errorf("%s holds %q, want %q", name, got, want)
	}
	if got := c.PTTL(ctx, name).Val(); got <= 23*time.Hour || got > 24*time.Hour {
		t.Errorf("%s has %v to live", name, got)
	}
	if got := c.MemoryUsage(ctx, name).Val(); got > 200 {
		t.Errorf("%s takes %d bytes", name, got)
	} else {
		t.Logf("an outcome takes %d bytes", got)
	}
	if err := s.DeleteProject(ctx, 7); err != nil {
		t.Fatal(err)
	}
	if n := c.DBSize(ctx).Val(); n != 0 {
		t.Errorf("%d keys are left of a deleted project", n)
	}
}

// TestIdempotentWrongType checks that a repeated call on a key of another type fails as the first one did.
func TestIdempotentWrongType(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c, ctx := open(t, redis.Config{URL: server.URL}), server.Client(), t.Context()
	if err := c.RPush(ctx, "kv:p1:list", "a").Err(); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		id := under("i")
		if _, err := s.Idempotent(id).Incr(ctx, 1, "list", 1, time.Hour); !errors.Is(err, kv.ErrWrongType) || id.Replayed != (i > 0) {
			t.Errorf("Incr of a list: %v, replayed: %v", err, id.Replayed)
		}
		c.Del(ctx, "kv:p1:list")
	}
}

// TestIdempotentFull checks what works when memory is full: only calls that do not need more memory, such as deletions.
func TestIdempotentFull(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T) (string, []*redistest.Server){
		"one node": func(t *testing.T) (string, []*redistest.Server) {
			one := redistest.Start(t, "--maxmemory-policy", "noeviction")
			return one.URL, []*redistest.Server{one}
		},
		"cluster": func(t *testing.T) (string, []*redistest.Server) {
			c := redistest.StartCluster(t, false, "--maxmemory-policy", "noeviction")
			return c.URL, c.Masters
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, servers := start(t)
			s, ctx := open(t, redis.Config{URL: url, Coalesce: true}), t.Context()
			for _, key := range []kv.Key{"a", "b"} {
				if _, err := s.Set(ctx, 1, key, kv.Value(`1`), kv.SetOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			memory := func(limit string) {
				for _, one := range servers {
					if err := one.Client().ConfigSet(ctx, "maxmemory", limit).Err(); err != nil {
						t.Fatal(err)
					}
				}
			}
			memory("1kb")
			_, set := s.Idempotent(under("set")).Set(ctx, 1, "b", kv.Value(`2`), kv.SetOptions{})
			_, incr := s.Idempotent(under("incr")).Incr(ctx, 1, "b", 1, 0)
			_, nothing := s.Idempotent(under("nothing")).Del(ctx, 1, []kv.Key{"none"})
			for what, err := range map[string]error{"Set": set, "Incr": incr, "Del of nothing": nothing} {
				if !errors.Is(err, kv.ErrOutOfMemory) {
					t.Errorf("%s without memory: %v, want %v", what, err, kv.ErrOutOfMemory)
				}
			}
			for i := range 2 {
				id := under("del")
				if n, err := s.Idempotent(id).Del(ctx, 1, []kv.Key{"a", "a"}); n != 1 || err != nil || id.Replayed != (i > 0) {
					t.Errorf("Del = %d, %v, replayed: %v", n, err, id.Replayed)
				}
			}
			memory("0") // errors of memory are not stored
			if n, err := s.Idempotent(under("incr")).Incr(ctx, 1, "b", 1, 0); n != 2 || err != nil {
				t.Errorf("Incr with memory again = %d, %v", n, err)
			}
		})
	}
}

// TestIdempotentSlots checks what works in a Cluster, and that slots may move between a request and its repetition.
func TestIdempotentSlots(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, false)
	s, ctx := open(t, redis.Config{URL: c.URL, Coalesce: true}), t.Context()
	many := []kv.Key{"a", "b", "c"}
	if _, err := s.Idempotent(under("del")).Del(ctx, 1, many); !errors.Is(err, kv.ErrManySlots) {
		t.Errorf("Del of several slots: %v, want %v", err, kv.ErrManySlots)
	}
	one := kv.Value(`1`)
	entries := []kv.Entry{{Key: "a", Value: one}, {Key: "b", Value: one}}
	if err := s.Idempotent(under("mset")).MSet(ctx, 1, entries); !errors.Is(err, kv.ErrManySlots) {
		t.Errorf("MSet of several slots: %v, want %v", err, kv.ErrManySlots)
	}
	if n, err := s.Exists(ctx, 1, many); n != 0 || err != nil {
		t.Errorf("%d keys of rejected calls are there, %v", n, err)
	}
	for i := range 30 {
		key, id := kv.Key(fmt.Sprint("n", i)), fmt.Sprint("i", i)
		if n, err := s.Idempotent(under(id)).Incr(ctx, 1, key, 1, 0); n != 1 || err != nil {
			t.Fatalf("Incr = %d, %v", n, err)
		}
		if i%3 == 0 {
			c.MoveKey("kv:p1:" + string(key))
		}
		if i%3 == 1 {
			c.MoveKey("kv:p1!:" + id)
		}
		repeat := under(id)
		if n, err := s.Idempotent(repeat).Incr(ctx, 1, key, 1, 0); n != 1 || err != nil || !repeat.Replayed {
			t.Errorf("Incr again = %d, %v, replayed: %v", n, err, repeat.Replayed)
		}
	}
}

// TestIdempotentMoved moves slots while clients count and repeat calls whose outcome is unknown.
func TestIdempotentMoved(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, false)
	s := open(t, redis.Config{URL: c.URL, Coalesce: true})
	clients := startCounting(t, s)
	for i := range len(clients.counts) {
		c.MoveKey(fmt.Sprint("kv:p1:n", i))
		clients.progress(20)
	}
	clients.check()
}

// TestIdempotentKilled kills and restarts a server with appendfsync always while clients count, and repeat each call
// until it succeeds: each count is exact.
func TestIdempotentKilled(t *testing.T) {
	t.Parallel()
	for _, way := range coalescing {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
			way.URL = server.URL
			clients := startCounting(t, open(t, way.Config))
			for range 4 {
				clients.progress(200)
				server.Restart()
			}
			clients.check()
		})
	}
}

// counting is 8 clients that add to a key each. Each call has a new id and is repeated until it succeeds; the result must
// be the next number.
type counting struct {
	t       *testing.T
	store   *redis.Store
	cancel  context.CancelFunc
	clients sync.WaitGroup

	counts, repeated [8]atomic.Int64
}

func startCounting(t *testing.T, s *redis.Store) *counting {
	ctx, cancel := context.WithCancel(t.Context())
	c := &counting{t: t, store: s, cancel: cancel}
	for i := range c.counts {
		c.clients.Go(func() {
			for ctx.Err() == nil {
				id := fmt.Sprintf("i%d.%d", i, c.counts[i].Load())
				n, times, err := incrIdempotent(t, s, kv.Key(fmt.Sprint("n", i)), id)
				if want := c.counts[i].Add(1); n != want || err != nil {
					t.Errorf("n%d is %d, %v after %d calls", i, n, err, want)
					return
				}
				c.repeated[i].Add(times)
			}
		})
	}
	return c
}

func (c *counting) sum(counts *[8]atomic.Int64) (n int64) {
	for i := range counts {
		n += counts[i].Load()
	}
	return n
}

// progress waits until that many more calls have succeeded.
func (c *counting) progress(n int64) {
	c.t.Helper()
	until := c.sum(&c.counts) + n
	eventually(c.t, "clients to be answered", func() bool { return c.t.Failed() || c.sum(&c.counts) >= until })
}

// check stops the clients, and compares what is stored with their results.
func (c *counting) check() {
	c.t.Helper()
	c.cancel()
	c.clients.Wait()
	for i := range c.counts {
		v, err := c.store.Get(c.t.Context(), 1, kv.Key(fmt.Sprint("n", i)))
		if want := fmt.Sprint(c.counts[i].Load()); string(v) != want || err != nil {
			c.t.Errorf("n%d is %s, %v, want %s", i, v, err, want)
		}
	}
	c.t.Logf("%d calls; repeated: %d", c.sum(&c.counts), c.sum(&c.repeated))
}

// incrIdempotent repeats a call until it succeeds, and returns how often it was repeated.
func incrIdempotent(t *testing.T, s *redis.Store, key kv.Key, id string) (n, times int64, err error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); times++ {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		n, err = s.Idempotent(under(id)).Incr(ctx, 1, key, 1, 0)
		cancel()
		if err == nil {
			return n, times, nil
		}
		<-time.After(5 * time.Millisecond)
	}
	return n, times, err
}

// TestIdempotentUsers checks which permissions idempotent calls need: those of every write, and EVAL.
func TestIdempotentUsers(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	admin, ctx := server.Client(), t.Context()
	for name, rules := range map[string]string{
		"podman": "on >secret ~* +@all -@admin -@dangerous +info +restore",
		"least":  "on >secret ~kv:p* -@all +@connection +info +eval +get +set +del +incrby",
	} {
		args := []any{"ACL", "SETUSER", name}
		for rule := range strings.FieldsSeq(rules) {
			args = append(args, rule)
		}
		if err := admin.Do(ctx, args...).Err(); err != nil {
			t.Fatal(err)
		}
		s := open(t, redis.Config{URL: "redis://" + name + ":secret@" + server.Addr})
		_, del := s.Idempotent(under("del"+name)).Del(ctx, 1, []kv.Key{"a", "b"})
		_, incr := s.Idempotent(under("incr"+name)).Incr(ctx, 1, "n", 1, time.Hour)
		_, set := s.Idempotent(under("set"+name)).Set(ctx, 1, "a", kv.Value(`1`), kv.SetOptions{Condition: kv.NX})
		mset := s.Idempotent(under("mset"+name)).MSet(ctx, 1, []kv.Entry{{Key: "a", Value: kv.Value(`1`)}})
		if err := errors.Join(del, incr, set, mset); err != nil {
			t.Errorf("as the user %s: %v", name, err)
		}
	}
}
