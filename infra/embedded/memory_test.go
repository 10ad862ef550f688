// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// full returns a store with a limit of 10 kB, which the keys k0 to k8 fill so far that one more of them does not fit.
func full(t *testing.T, c embedded.Config) (*embedded.Engine, kv.Store) {
	t.Helper()
	e := embedded.NewEngine(t.TempDir(), c)
	settings := engine.DefaultSettings()
	settings.MaxMemory = "10k"
	s, err := e.Enable(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for i := range 9 {
		key, o := kv.Key(fmt.Sprint("k", i)), kv.SetOptions{TTL: time.Minute}
		if _, err := s.Set(t.Context(), 1, key, valueOf(1000), o); err != nil {
			t.Fatal(err)
		}
	}
	return e, s
}

func TestMaxMemory(t *testing.T) {
	t.Parallel()
	e, s := full(t, embedded.Config{})
	ctx, large := t.Context(), valueOf(1000)
	was := probe(t, e).UsedMemory
	set := func(key kv.Key, v kv.Value) func() error {
		return func() error { _, err := s.Set(ctx, 1, key, v, kv.SetOptions{}); return err }
	}
	for _, tt := range []struct {
		name string
		do   func() error
		want error
	}{
		{"a new key", set("new", large), kv.ErrOutOfMemory},
		{"a larger value", set("k0", valueOf(3000)), kv.ErrOutOfMemory},
		{"a value of the same size", set("k0", large), nil},
		{"two keys that do not fit", func() error {
			return s.MSet(ctx, 1, []kv.Entry{{Key: "a", Value: kv.Value("1")}, {Key: "b", Value: large}})
		}, kv.ErrOutOfMemory},
		{"a new key for which another gets smaller", func() error {
			return s.MSet(ctx, 1, []kv.Entry{{Key: "b", Value: large}, {Key: "k1", Value: kv.Value("1")}})
		}, nil},
		{"a get", func() error { _, err := s.Get(ctx, 1, "k0"); return err }, nil},
		{"an expire", func() error { _, err := s.Expire(ctx, 1, "k0", time.Hour); return err }, nil},
		{"a persist", func() error { _, err := s.Persist(ctx, 1, "k0"); return err }, nil},
		{"a del", func() error { _, err := s.Del(ctx, 1, []kv.Key{"b", "k1"}); return err }, nil},
		{"a new key in its place", set("k1", large), nil},
	} {
		if err := tt.do(); !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if n, err := s.Exists(ctx, 1, []kv.Key{"new", "a", "b"}); n != 0 || err != nil {
		t.Errorf("of what was refused %d keys are there, %v", n, err)
	}
	if got := probe(t, e).UsedMemory; got != was {
		t.Errorf("%d bytes in use, want %d", got, was)
	}
}

// A store over a limit that was lowered refuses writes that grow it, and accepts those that shrink it.
func TestMaxMemoryChanges(t *testing.T) {
	t.Parallel()
	e, s := full(t, embedded.Config{})
	update := func(m engine.Memory) {
		t.Helper()
		to := engine.DefaultSettings()
		to.MaxMemory = m
		if store, err := e.Update(t.Context(), engine.DefaultSettings(), to); store != nil || err != nil {
			t.Fatalf("Update to %q: %v, %v", m, store, err)
		}
	}
	set := func(key kv.Key, size int, want error) {
		t.Helper()
		_, err := s.Set(t.Context(), 1, key, valueOf(size), kv.SetOptions{})
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("a value of %d bytes: %v, want %v", size, err, want)
		}
	}
	set("new", 1000, kv.ErrOutOfMemory)
	update("20k")
	set("new", 1000, nil)
	update("1k")
	set("k0", 1001, kv.ErrOutOfMemory)
	set("k0", 1000, nil)
	set("k0", 999, nil)
	update("")
	set("newer", 100_000, nil)
	bad := engine.DefaultSettings()
	bad.Eviction = engine.AllKeysLRU
	if _, err := e.Update(t.Context(), engine.DefaultSettings(), bad); !errors.Is(err, kv.ErrNotSupported) {
		t.Errorf("Update to a cache: %v", err)
	}
}

// Expired keys make room at once, not only when they are swept.
func TestExpiredKeysMakeRoom(t *testing.T) {
	t.Parallel()
	c := newClock()
	_, s := full(t, embedded.Config{Now: c.now})
	c.advance(2 * time.Minute)
	for i := range 9 {
		if _, err := s.Set(t.Context(), 1, kv.Key(fmt.Sprint("new", i)), valueOf(1000), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}
