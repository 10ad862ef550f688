// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

func TestOwn(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := server.Client()
	if err := client.Do(t.Context(), "acl", "setuser", "projects", "on", ">secret", "~kv:p*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	own := func(url, id, want string) {
		t.Helper()
		s, err := redis.Open(t.Context(), redis.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if got, err := s.Own(t.Context(), id); err != nil || got != want {
			t.Errorf("Own(%s): %s, %v; want %s", id, got, err, want)
		}
		if _, err := s.Set(t.Context(), 1, "owner", kv.Value("1"), kv.SetOptions{}); err != nil {
			t.Error(err)
		}
	}
	limited := strings.Replace(server.URL, "://", "://projects:secret@", 1)
	own(limited, "third", "third") // who may not reach the mark goes on without it
	own(server.URL, "first", "first")
	own(server.URL, "second", "first")
	own(limited, "third", "third")
	own(server.URL, "first", "first")
	if got := client.Get(t.Context(), redis.OwnerKey).Val(); got != "first" {
		t.Errorf("the mark is %q", got)
	}
}
