// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestMGetSizes checks values around what is read without taking memory, also for a user that may run no scripts.
func TestMGetSizes(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	admin := server.Client()
	for _, args := range [][]any{
		{"acl", "setuser", "plain", "on", ">secret", "~*", "+@all", "-@scripting"},
		{"rpush", "kv:p1:list", "a"},
	} {
		if err := admin.Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for name, url := range map[string]string{
		"with scripts": server.URL, "without": "redis://plain:secret@" + server.Addr,
	} {
		s := open(t, redis.Config{URL: url})
		for _, size := range []int{0, 1, kv.FreeBytes/2 - 1, kv.FreeBytes / 2, kv.FreeBytes - 2, kv.FreeBytes, 4 * kv.FreeBytes} {
			value := kv.Value(`"` + strings.Repeat("a", size) + `"`)
			for _, key := range []kv.Key{"a", "b"} {
				if _, err := s.Set(t.Context(), 1, key, value, kv.SetOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			got, err := s.MGet(t.Context(), 1, []kv.Key{"a", "none", "list", "b", "a"})
			want := []kv.Value{value, nil, nil, value, value}
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, values of %d bytes: %.100s, %v", name, size, got, err)
			}
		}
	}
}
