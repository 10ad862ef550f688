// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestRedisMatchesPrefixesOnly scans with many patterns: Redis is only sent their literal prefixes, whatever the rest would
// cost it, and finds the same keys.
func TestRedisMatchesPrefixesOnly(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, redis.Config{URL: server.URL})
	keys := []kv.Key{"a", `a*b`, `a*bc`, `a?b[`, `a[b`, `a\b`, "ab", "b"}
	for _, key := range keys {
		if _, err := s.Set(t.Context(), 1, key, kv.Value("1"), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		pattern kv.Pattern
		sent    string
		want    []kv.Key
	}{
		{"", `kv:p1:*`, keys},
		{"*", `kv:p1:*`, keys},
		{"*b", `kv:p1:*`, []kv.Key{`a*b`, `a[b`, `a\b`, "ab", "b"}},
		{kv.Pattern("*" + strings.Repeat("[^x-y]", 42)), `kv:p1:*`, nil},
		{"a*", `kv:p1:a*`, keys[:7]},
		{`a\**`, `kv:p1:a\**`, keys[1:3]},
		{`a\*b`, `kv:p1:a\*b`, keys[1:2]},
		{`\a\*\b?`, `kv:p1:a\*b*`, keys[2:3]},
		{`a\?b\[`, `kv:p1:a\?b\[`, keys[3:4]},
		{`a\[*`, `kv:p1:a\[*`, keys[4:5]},
		{`a\\*`, `kv:p1:a\\*`, keys[5:6]},
		{`a\\b`, `kv:p1:a\\b`, keys[5:6]},
		{"[ab]", `kv:p1:*`, []kv.Key{"a", "b"}},
	} {
		client := server.Client()
		if err := client.ConfigSet(t.Context(), "slowlog-log-slower-than", "0").Err(); err != nil {
			t.Fatal(err)
		}
		page, err := s.Scan(t.Context(), 1, tt.pattern, "", 1000)
		if err != nil || page.Cursor != "" {
			t.Fatal(err, page.Cursor)
		}
		slices.Sort(page.Keys)
		if !slices.Equal(page.Keys, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.pattern, page.Keys, tt.want)
		}
		log, err := client.SlowLogGet(t.Context(), -1).Result()
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range log {
			if entry.Args[0] == "scan" && entry.Args[3] != tt.sent {
				t.Errorf("%q: Redis was to match %q, want %q", tt.pattern, entry.Args[3], tt.sent)
			}
		}
		if err := client.Do(t.Context(), "slowlog", "reset").Err(); err != nil {
			t.Fatal(err)
		}
	}
}
