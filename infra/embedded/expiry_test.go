// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// clock is a wall clock that moves only when advance is called.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(1_800_000_000_000)
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// A key with 100 ms to live exists in the 100th, as in Redis, and in the next no operation sees it.
func TestExpiryToTheMillisecond(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := open(t, t.TempDir(), embedded.Config{Now: c.now})
	ctx := t.Context()
	for i, op := range []struct {
		name  string
		there func(key kv.Key) (bool, error)
	}{
		{"Get", func(key kv.Key) (bool, error) { v, err := s.Get(ctx, 1, key); return v != nil, err }},
		{"MGet", func(key kv.Key) (bool, error) { v, err := s.MGet(ctx, 1, []kv.Key{key}); return v[0] != nil, err }},
		{"Exists", func(key kv.Key) (bool, error) { n, err := s.Exists(ctx, 1, []kv.Key{key}); return n == 1, err }},
		{"TTL", func(key kv.Key) (bool, error) { d, err := s.TTL(ctx, 1, key); return d != kv.NoKey, err }},
		{"Scan", func(key kv.Key) (bool, error) {
			page, err := s.Scan(ctx, 1, kv.Pattern(key), "", 10)
			return len(page.Keys) == 1, err
		}},
		{"ProjectIDs", func(key kv.Key) (bool, error) { ids, err := s.ProjectIDs(ctx); return len(ids) == 1, err }},
		{"Set XX", func(key kv.Key) (bool, error) {
			return s.Set(ctx, 1, key, kv.Value("2"), kv.SetOptions{Condition: kv.XX, KeepTTL: true})
		}},
		{"Set NX", func(key kv.Key) (bool, error) {
			ok, err := s.Set(ctx, 1, key, kv.Value("2"), kv.SetOptions{Condition: kv.NX})
			return !ok, err
		}},
		{"Incr", func(key kv.Key) (bool, error) { n, err := s.Incr(ctx, 1, key, 1, 0); return n == 2, err }},
		{"Expire", func(key kv.Key) (bool, error) { return s.Expire(ctx, 1, key, time.Millisecond) }},
		{"Persist", func(key kv.Key) (bool, error) { return s.Persist(ctx, 1, key) }},
		{"Del", func(key kv.Key) (bool, error) { n, err := s.Del(ctx, 1, []kv.Key{key}); return n == 1, err }},
	} {
		for _, wait := range []time.Duration{100 * time.Millisecond, 101 * time.Millisecond} {
			key := kv.Key(fmt.Sprint(i, wait))
			if err := s.DeleteProject(ctx, 1); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Set(ctx, 1, key, kv.Value("1"), kv.SetOptions{TTL: 100 * time.Millisecond}); err != nil {
				t.Fatal(err)
			}
			c.advance(wait)
			want := wait == 100*time.Millisecond
			if got, err := op.there(key); got != want || err != nil {
				t.Errorf("%s after %v: there %v, %v; want %v", op.name, wait, got, err, want)
			}
		}
	}
}

func TestTTLToTheMillisecond(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := open(t, t.TempDir(), embedded.Config{Now: c.now})
	ttl := func(want time.Duration) {
		t.Helper()
		if got, err := s.TTL(t.Context(), 1, "k"); got != want || err != nil {
			t.Errorf("TTL %v, %v; want %v", got, err, want)
		}
	}
	ttl(kv.NoKey)
	set := func(o kv.SetOptions) {
		t.Helper()
		if _, err := s.Set(t.Context(), 1, "k", kv.Value("1"), o); err != nil {
			t.Fatal(err)
		}
	}
	set(kv.SetOptions{})
	ttl(kv.NoExpiry)
	set(kv.SetOptions{TTL: 1e9 * time.Second})
	ttl(1e9 * time.Second)
	c.advance(time.Hour)
	ttl(1e9*time.Second - time.Hour)
	set(kv.SetOptions{KeepTTL: true})
	if _, err := s.Incr(t.Context(), 1, "k", 1, time.Second); err != nil {
		t.Fatal(err)
	}
	ttl(1e9*time.Second - time.Hour)
	if _, err := s.Expire(t.Context(), 1, "k", time.Microsecond); err != nil { // at least a millisecond
		t.Fatal(err)
	}
	ttl(time.Millisecond)
	c.advance(time.Millisecond)
	ttl(0)
	c.advance(time.Millisecond)
	ttl(kv.NoKey)
}

// Expired keys are removed from the file while writers write.
func TestSweepWhileWriting(t *testing.T) {
	t.Parallel()
	c := newClock()
	s, used := openEngine(t, engine.DefaultSettings(), embedded.Config{Now: c.now})
	const n = 3000
	for i := range n {
		if i%1000 == 0 {
			entries := make([]kv.Entry, 1000)
			for j := range entries {
				entries[j] = kv.Entry{Key: keyOf(i + j), Value: valueOf(300), TTL: time.Second}
			}
			if err := s.MSet(t.Context(), 1, entries); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.Set(t.Context(), 1, "stays", kv.Value("0"), kv.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	if got, want := used(), int64(n*(64+len(keyOf(0))+300)+64+5+1); got != want {
		t.Fatalf("%d bytes in use, want %d", got, want)
	}
	c.advance(2 * time.Second)
	for deadline := time.Now().Add(2 * time.Minute); used() > 64+5+20; {
		if _, err := s.Incr(t.Context(), 1, "stays", 1, 0); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("after 2 minutes %d bytes are in use", used())
		}
	}
}
