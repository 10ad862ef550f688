// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestLayout checks how keys and values are stored in Redis: as Temps does.
func TestLayout(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	if _, err := s.Set(t.Context(), 7, "user:1", kv.Value(`{"name":"a"}`), kv.SetOptions{TTL: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if got := c.Get(t.Context(), "kv:p7:user:1").Val(); got != `{"name":"a"}` {
		t.Errorf("kv:p7:user:1 holds %q", got)
	}
	if got := c.PTTL(t.Context(), "kv:p7:user:1").Val(); got <= 0 || got > time.Hour {
		t.Errorf("kv:p7:user:1 has %v to live", got)
	}
}

// TestForeign reads and writes what another Redis client has written.
func TestForeign(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL, Coalesce: true}), server.Client()
	for text, want := range map[string]string{
		"":                  `""`,
		"plain text":        `"plain text"`,
		`say "a\b"`:         `"say \"a\\b\""`,
		"007":               `"007"`,
		"{broken":           `"{broken"`,
		"\xff\xfe":          "\"\uFFFD\uFFFD\"",
		` {"a" : [1, 2]} `:  `{"a":[1,2]}`,
		"line\nline":        `"line\nline"`,
		`"as tempskv does"`: `"as tempskv does"`,
		"12":                `12`,
	} {
		if err := c.Set(t.Context(), "kv:p1:k", text, 0).Err(); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(t.Context(), 1, "k"); err != nil || string(got) != want {
			t.Errorf("Get of %q = %s, %v, want %s", text, got, err, want)
		}
		got, err := s.MGet(t.Context(), 1, []kv.Key{"k", "none"})
		if err != nil || len(got) != 2 || string(got[0]) != want || got[1] != nil {
			t.Errorf("MGet of %q = %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestWrongType(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL, Coalesce: true}), server.Client()
	list := func() {
		if err := c.RPush(t.Context(), "kv:p1:k", "a").Err(); err != nil {
			t.Fatal(err)
		}
	}
	list()
	if _, err := s.Get(t.Context(), 1, "k"); !errors.Is(err, kv.ErrWrongType) {
		t.Errorf("Get of a list: %v, want %v", err, kv.ErrWrongType)
	}
	for _, ttl := range []time.Duration{0, time.Hour} {
		if _, err := s.Incr(t.Context(), 1, "k", 1, ttl); !errors.Is(err, kv.ErrWrongType) {
			t.Errorf("Incr of a list: %v, want %v", err, kv.ErrWrongType)
		}
	}
	if got, err := s.MGet(t.Context(), 1, []kv.Key{"k", "k"}); err != nil || got[0] != nil || got[1] != nil {
		t.Errorf("MGet of a list = %s, %v, want none", got, err)
	}
	if n, err := s.Exists(t.Context(), 1, []kv.Key{"k"}); n != 1 || err != nil {
		t.Errorf("Exists of a list = %d, %v", n, err)
	}
	if ok, err := s.Expire(t.Context(), 1, "k", time.Hour); !ok || err != nil {
		t.Errorf("Expire of a list = %v, %v", ok, err)
	}
	if n, err := s.Del(t.Context(), 1, []kv.Key{"k"}); n != 1 || err != nil {
		t.Errorf("Del of a list = %d, %v", n, err)
	}
	list()
	if ok, err := s.Set(t.Context(), 1, "k", kv.Value(`1`), kv.SetOptions{}); !ok || err != nil {
		t.Errorf("Set over a list = %v, %v", ok, err)
	}
}

// TestOtherKeys checks that keys that are not ours are not treated as a project's, and are left alone.
func TestOtherKeys(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	others := []string{
		"other", "kv:p", "kv:p1", "kv:p:k", "kv:p0:k", "kv:p-1:k", "kv:p+1:k", "kv:p01:k", "kv:p1x:k", "kv:px:k",
		"kv:p9007199254740992:k", "kv:p99999999999999999999:k", "kv:control:projects", "KV:p1:k", " kv:p1:k",
	}
	for _, key := range others {
		if err := c.Set(t.Context(), key, "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if ids, err := s.ProjectIDs(t.Context()); err != nil || len(ids) != 0 {
		t.Errorf("ProjectIDs = %v, %v, want none", ids, err)
	}
	if err := s.DeleteProject(t.Context(), 1); err != nil {
		t.Error(err)
	}
	got := c.Keys(t.Context(), "*").Val()
	slices.Sort(got)
	slices.Sort(others)
	if diff := cmp.Diff(got, others); diff != "" {
		t.Errorf("keys: (-got +want)\n%s", diff)
	}
}

// TestKeysThatCannotBeNamed checks that a scan does not return keys that no request could name, and that they are still
// deleted with the project.
func TestKeysThatCannotBeNamed(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	longest := strings.Repeat("k", kv.MaxKey)
	for _, key := range []string{"", "\xff\xfe", "half \xed\xa0\x80", longest + "k", longest, "\x00", "ключ"} {
		if err := c.Set(t.Context(), "kv:p1:"+key, "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Set(t.Context(), "kv:p2:", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []kv.Pattern{"", "*"} {
		page, err := s.Scan(t.Context(), 1, pattern, "", 1000)
		if err != nil || page.Cursor != "" {
			t.Fatalf("Scan: cursor %q, %v", page.Cursor, err)
		}
		slices.Sort(page.Keys)
		if diff := cmp.Diff(page.Keys, []kv.Key{"\x00", kv.Key(longest), "ключ"}); diff != "" {
			t.Errorf("keys: (-got +want)\n%.1000s", diff)
		}
	}
	ids, err := s.ProjectIDs(t.Context())
	slices.Sort(ids)
	if diff := cmp.Diff(ids, []kv.ProjectID{1, 2}); diff != "" || err != nil {
		t.Errorf("ProjectIDs: %v (-got +want)\n%s", err, diff)
	}
	for _, p := range ids {
		if err := s.DeleteProject(t.Context(), p); err != nil {
			t.Error(err)
		}
	}
	if n := c.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}

// TestTooLarge checks that a value that another client wrote is refused if it exceeds the answer limit,
// and not loaded to find that out each time.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL, Coalesce: true, MaxAnswer: 1000}), server.Client()
	if err := c.Set(t.Context(), "kv:p1:k", fmt.Sprintf("%1001d", 1), 0).Err(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.Get(t.Context(), 1, "k"); !errors.Is(err, kv.ErrTooLarge) {
			t.Errorf("Get of 1001 bytes: %v, want %v", err, kv.ErrTooLarge)
		}
	}
	if stats := c.Info(t.Context(), "commandstats").Val(); !strings.Contains(stats, "cmdstat_get:calls=1,") {
		t.Errorf("the value was loaded again: %s", stats)
	}
	if _, err := s.MGet(t.Context(), 1, []kv.Key{"k"}); !errors.Is(err, kv.ErrTooLarge) {
		t.Errorf("MGet of 1001 bytes: %v, want %v", err, kv.ErrTooLarge)
	}
	if err := c.Set(t.Context(), "kv:p1:k", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if v, err := s.Get(t.Context(), 1, "k"); string(v) != "1" || err != nil {
		t.Errorf("Get of a value that has become small: %q, %v", v, err)
	}
}
