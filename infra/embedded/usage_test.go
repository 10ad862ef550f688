// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
)

// TestUsage follows what a project holds through every way to change it, and compares it with a new count.
func TestUsage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kv.db")
	s, err := embedded.Open(t.Context(), path, embedded.Config{MaxMemory: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	check := func(what string, want kv.Usage) {
		t.Helper()
		got, err := s.Usage(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Set(ctx, 1, "before", kv.Value("1"), kv.SetOptions{}))
	check("keys from before the first call of Usage", kv.Usage{Keys: 1, Bytes: 64 + 6 + 1})
	must(s.Set(ctx, 2, "other", kv.Value("1"), kv.SetOptions{}))
	check("another project", kv.Usage{Keys: 1, Bytes: 71})
	must(s.Set(ctx, 1, "before", kv.Value("1000"), kv.SetOptions{}))
	check("a longer value", kv.Usage{Keys: 1, Bytes: 74})
	must(s.Incr(ctx, 1, "n", 12, 0))
	must(nil, s.MSet(ctx, 1, []kv.Entry{{Key: "a", Value: kv.Value("1")}, {Key: "b", Value: kv.Value("2")}, {Key: "a", Value: kv.Value("333")}}))
	check("incr and mset", kv.Usage{Keys: 4, Bytes: 74 + 64 + 3 + 64 + 4 + 64 + 2})
	_, err = s.Incr(ctx, 1, "big", 1, 0)
	must(nil, err)
	if _, err := s.Set(ctx, 1, "huge", kv.Value(`"`+strings.Repeat("x", 200_000)+`"`), kv.SetOptions{}); !errors.Is(err, kv.ErrOutOfMemory) {
		t.Fatalf("got %v, want that it does not fit", err)
	}
	check("what did not fit", kv.Usage{Keys: 5, Bytes: 275 + 64 + 4})
	must(s.Del(ctx, 1, []kv.Key{"a", "a", "none", "big"}))
	check("a deletion", kv.Usage{Keys: 3, Bytes: 275 - 68})
	must(s.Expire(ctx, 1, "b", time.Millisecond))
	for deadline := time.Now().Add(2 * time.Minute); ; {
		if u, _ := s.Usage(ctx, 1); u.Keys == 2 {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("an expired key still counts: %v", u)
		}
		<-time.After(time.Millisecond)
	}
	answer := func(ttl time.Duration) { // 64, 2 for its name, 16 for the request, 2 for the result
		must(s.Idempotent(&kv.Idempotency{Key: fmt.Sprint("i", ttl/time.Hour), TTL: ttl}).Incr(ctx, 1, "n", 0, 0))
	}
	answer(time.Hour)
	check("a stored answer", kv.Usage{Keys: 2, Bytes: 141 + 87, Answers: 87})
	answer(time.Hour)
	check("a replayed answer", kv.Usage{Keys: 2, Bytes: 141 + 87, Answers: 87})
	answer(time.Millisecond)
	for deadline := time.Now().Add(2 * time.Minute); ; {
		if u, _ := s.Usage(ctx, 1); u.Answers == 87 {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("an expired answer still counts: %v", u)
		}
		<-time.After(time.Millisecond)
	}
	for i := range 300 {
		must(s.Set(ctx, 1, kv.Key(fmt.Sprint("k", i)), kv.Value("1"), kv.SetOptions{}))
	}
	kept, err := s.Usage(ctx, 1)
	must(nil, err)
	must(nil, s.Close())
	if s, err = embedded.Open(ctx, path, embedded.Config{}); err != nil {
		t.Fatal(err)
	}
	check("a new count", kept)
	must(nil, s.DeleteProject(ctx, 1))
	check("a deleted project", kv.Usage{})
	must(nil, s.Close())
}
