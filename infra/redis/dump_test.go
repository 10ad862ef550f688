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
	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// kinds are the types of Redis other than strings.
var kinds = []string{"hash", "list", "set", "stream", "zset"}

// fillKinds stores a key of each type, and returns the commands that read them.
func fillKinds(t *testing.T, c *goredis.Client, prefix string) (reads map[string][]any) {
	t.Helper()
	for _, command := range [][]any{
		{"hset", prefix + "hash", "field", "\x00\xff", "other", "2"},
		{"rpush", prefix + "list", "a", "", "\xff"},
		{"sadd", prefix + "set", "1", "2", "three"},
		{"xadd", prefix + "stream", "5-1", "field", "value"},
		{"zadd", prefix + "zset", "1.5", "a", "-inf", "b"},
		{"pexpireat", prefix + "list", time.Now().Add(time.Hour).UnixMilli()},
	} {
		if err := c.Do(t.Context(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]any{
		"hash": {"hgetall", prefix + "hash"}, "list": {"lrange", prefix + "list", 0, -1}, "set": {"sort", prefix + "set", "alpha"},
		"stream": {"xrange", prefix + "stream", "-", "+"}, "zset": {"zrange", prefix + "zset", 0, -1, "withscores"},
	}
}

// TestOtherTypes copies a key of each type from Redis to Redis, and checks that the embedded store refuses them.
func TestOtherTypes(t *testing.T) {
	t.Parallel()
	one, other := redistest.Start(t), redistest.Start(t)
	from, to := open(t, redis.Config{URL: one.URL}), open(t, redis.Config{URL: other.URL})
	c, there := one.Client(), other.Client()
	reads := fillKinds(t, c, "kv:p1:")
	records := exported(t, from, 1)
	var types []string
	for _, r := range records {
		types = append(types, r.Type)
		if r.Text != nil || string(r.Key) != r.Type || !to.Takes(r.Type) {
			t.Errorf("%s is exported with the type %s and the text %q, and taken: %v", r.Key, r.Type, r.Text, to.Takes(r.Type))
		}
	}
	if diff := cmp.Diff(types, kinds); diff != "" {
		t.Fatalf("types: (-got +want)\n%s", diff)
	}
	for _, want := range [][]int{nil, {0, 1, 2, 3, 4}} {
		if present, err := to.Import(t.Context(), records); err != nil || !slices.Equal(present, want) {
			t.Errorf("Import: %v are there, %v; want %v", present, err, want)
		}
	}
	found, err := to.Lookup(t.Context(), records)
	if err != nil || len(found) != len(records) {
		t.Fatalf("Lookup: %d records, %v", len(found), err)
	}
	found[2].Dump = records[2].Dump // the set may be in another order
	if diff := cmp.Diff(found, records); diff != "" {
		t.Errorf("Lookup: (-got +want)\n%s", diff)
	}
	for kind, read := range reads {
		got, want := there.Do(t.Context(), read...), c.Do(t.Context(), read...)
		if diff := cmp.Diff(got.Val(), want.Val()); diff != "" || got.Err() != nil {
			t.Errorf("%s: %v (-got +want)\n%s", kind, got.Err(), diff)
		}
	}
	if got, want := there.PExpireTime(t.Context(), "kv:p1:list").Val(), c.PExpireTime(t.Context(), "kv:p1:list").Val(); got != want {
		t.Errorf("the list expires at %v, want %v", got, want)
	}
	small, err := embedded.Open(t.Context(), t.TempDir()+"/data.db", embedded.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	records = append(records, kv.Record{Project: 1, Key: "string", Text: []byte("1")})
	if _, err := small.Import(t.Context(), records); !errors.Is(err, kv.ErrNotSupported) || !strings.Contains(err.Error(), `"hash"`) {
		t.Errorf("Import into the embedded store: %v", err)
	}
	if all := exported(t, small, 0); len(all) != 0 {
		t.Errorf("%d keys are there of what was refused", len(all))
	}
}

// TestManyOfOtherTypes checks that hashes are exported in batches, and that one that is larger than a batch is alone in
// one.
func TestManyOfOtherTypes(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	noise := func(n int) string { // bytes that do not compress
		text := make([]byte, n)
		for i := range text {
			text[i] = byte(i * i >> 7 * i)
		}
		return string(text)
	}
	for i := range 300 {
		if err := c.HSet(t.Context(), fmt.Sprint("kv:p1:h", i), "f", noise(50_000), "i", i).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.RPush(t.Context(), "kv:p1:long", noise(kv.RecordBytes), noise(kv.RecordBytes)).Err(); err != nil {
		t.Fatal(err)
	}
	calls, keys := 0, map[kv.Key]bool{}
	err := s.Export(t.Context(), 1, func(records []kv.Record) error {
		size := 0
		for _, r := range records {
			keys[r.Key], size = true, size+r.Size()
		}
		if calls++; len(records) > 1 && size > kv.RecordBytes {
			t.Errorf("%d records of %d bytes come at once", len(records), size)
		}
		return nil
	})
	if err != nil || len(keys) != 301 || calls < 4 || calls > 50 {
		t.Errorf("%d keys in %d batches, %v", len(keys), calls, err)
	}
}

// TestDumpsOfLaterVersions checks that dumps that a server cannot read are refused by count and type, and the rest
// stored.
func TestDumpsOfLaterVersions(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL}), server.Client()
	fillKinds(t, c, "kv:p1:")
	records := exported(t, s, 1)
	c.FlushAll(t.Context())
	later := records[0] // the two bytes before the checksum of 8 are the version
	later.Dump = slices.Clone(later.Dump)
	later.Dump[len(later.Dump)-10], later.Dump[len(later.Dump)-9] = 0xff, 0xff
	broken := records[1]
	broken.Dump = []byte("secret")
	_, err := s.Import(t.Context(), []kv.Record{later, broken, records[2], {Project: 1, Key: "text", Text: []byte("1")}})
	if !errors.Is(err, kv.ErrNotSupported) || !strings.Contains(err.Error(), `2 keys`) ||
		!strings.Contains(err.Error(), `1 of type "hash", 1 of type "list"`) || strings.Contains(err.Error(), "secret") {
		t.Errorf("Import of what cannot be read: %v", err)
	}
	if n := c.Exists(t.Context(), "kv:p1:set", "kv:p1:text").Val(); n != 2 {
		t.Errorf("%d of the other 2 are stored", n)
	}
}
