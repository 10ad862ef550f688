// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestDescribeForeign describes what another Redis client has written, also for a user who may not send TYPE.
func TestDescribeForeign(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := server.Client()
	for _, line := range [][]any{
		{"set", "kv:p1:text", "plain text"},
		{"rpush", "kv:p1:list", "a", "b"},
		{"hset", "kv:p1:hash", "field", "value"},
		{"sadd", "kv:p1:set", "a"},
		{"zadd", "kv:p1:zset", 1, "a"},
		{"xadd", "kv:p1:stream", "*", "field", "value"},
		{"acl", "setuser", "some", "on", ">pass", "~kv:*", "+@all", "-type"},
	} {
		if err := c.Do(t.Context(), line...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	keys := []kv.Key{"list", "hash", "set", "zset", "stream", "text", "none"}
	for _, user := range []string{"default", "some"} {
		cfg := redis.Config{URL: server.URL}
		if user == "some" {
			cfg.URL = fmt.Sprintf("redis://some:pass@%s", c.Options().Addr)
		}
		got, err := open(t, cfg).Describe(t.Context(), 1, keys)
		if err != nil {
			t.Fatalf("%s: %v", user, err)
		}
		want := make([]kv.Description, len(keys))
		for i, key := range keys {
			want[i] = kv.Description{Type: string(key), TTL: kv.NoExpiry}
			if user == "some" {
				want[i].Type = kv.UnknownType
			}
		}
		want[5] = kv.Description{Type: "string", Size: 10, TTL: kv.NoExpiry}
		want[6] = kv.NoSuchKey()
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%s: %s", user, diff)
		}
	}
}
