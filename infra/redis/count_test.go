// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestCount counts keys and answers of a project next to others with similar ids, and again when some have gone.
func TestCount(t *testing.T) {
	t.Parallel()
	s := open(t, redis.Config{URL: redistest.Start(t).URL})
	ctx := t.Context()
	count := func(bytes bool) (all kv.Usage) {
		t.Helper()
		for at := kv.Cursor(""); ; {
			u, next, err := s.Count(ctx, 1, at, bytes)
			if err != nil {
				t.Fatal(err)
			}
			all.Keys, all.Bytes, all.Answers = all.Keys+u.Keys, all.Bytes+u.Bytes, all.Answers+u.Answers
			if at = next; at == "" {
				return all
			}
		}
	}
	check := func(what string, want kv.Usage) {
		t.Helper()
		if diff := cmp.Diff(count(true), want); diff != "" {
			t.Errorf("%s: (-got +want)\n%s", what, diff)
		}
	}
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	incr := func(p kv.ProjectID, id string, ttl time.Duration) {
		t.Helper()
		must(s.Idempotent(&kv.Idempotency{Key: id, TTL: ttl}).Incr(ctx, p, "n", 1, 0))
	}
	check("nothing", kv.Usage{})
	for _, p := range []kv.ProjectID{1, 11, 2} {
		must(s.Set(ctx, p, "!:k", kv.Value(`"12345678"`), kv.SetOptions{}))
		incr(p, "i", time.Hour)
	}
	keys := kv.Usage{Keys: 2, Bytes: 64 + 3 + 10 + 64 + 1 + 1}
	with := func(u kv.Usage, answers int) kv.Usage {
		u.Answers = int64(answers) * kv.AnswerBytes("i")
		u.Bytes += u.Answers
		return u
	}
	check("two keys and an answer", with(keys, 1))
	if got, want := count(false), with(kv.Usage{Keys: 2, Bytes: keys.Bytes - 11}, 1); got != want {
		t.Errorf("without the values: got %v, want %v", got, want)
	}
	incr(1, "i", time.Hour)
	check("a replayed answer", with(keys, 1))
	incr(1, "j", time.Millisecond)
	for deadline := time.Now().Add(patience); count(true) != with(keys, 1); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("an answer that expired still counts: %v", count(true))
		}
	}
	for i := range 5000 { // several pages
		must(s.Set(ctx, 1, kv.Key(fmt.Sprint("k", i%2500)), kv.Value(`1`), kv.SetOptions{}))
	}
	if got := count(true); got.Keys < 2502 {
		t.Errorf("counted %d keys of 2502", got.Keys)
	}
	must(nil, s.DeleteProject(ctx, 1))
	check("a deleted project", kv.Usage{})
	if _, _, err := s.Count(ctx, 1, "garbage", false); err == nil {
		t.Error("took a cursor that it had not made")
	}
}
