// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestSource reads what another program has stored, in each kind of server.
func TestSource(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T) (url string, c goredis.UniversalClient){
		"one": func(t *testing.T) (string, goredis.UniversalClient) {
			one := redistest.Start(t)
			return one.URL, one.Client()
		},
		"replica": func(t *testing.T) (string, goredis.UniversalClient) {
			s := redistest.StartSentinel(t)
			return s.Replica.URL, s.Master.Client()
		},
		"sentinel": func(t *testing.T) (string, goredis.UniversalClient) {
			s := redistest.StartSentinel(t)
			return s.URL, s.Master.Client()
		},
		"cluster": func(t *testing.T) (string, goredis.UniversalClient) {
			c := redistest.StartCluster(t, false)
			client := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: c.Addrs, DisableIdentity: true})
			t.Cleanup(func() { _ = client.Close() })
			return c.URL, client
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, c := start(t)
			at := time.Now().Add(time.Hour).Truncate(time.Millisecond).UTC()
			want := map[kv.Key]kv.Record{}
			for i := range 1500 {
				r := kv.Record{Key: kv.Key(fmt.Sprint("app\x00\xff:", i)), Text: fmt.Append(nil, "text ", i)}
				if i%2 == 0 {
					r.ExpiresAt = at
				}
				want[r.Key] = r
			}
			_, err := c.Pipelined(t.Context(), func(p goredis.Pipeliner) error {
				for _, r := range want {
					p.Set(t.Context(), string(r.Key), r.Text, 0)
					if !r.ExpiresAt.IsZero() {
						p.PExpireAt(t.Context(), string(r.Key), at)
					}
				}
				p.RPush(t.Context(), "other", "a")
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			s, err := redis.OpenSource(t.Context(), patient(redis.Config{URL: url}))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			eventually(t, "the keys to be there", func() bool { return len(walked(t, s, "app*")) == len(want) })
			if diff := cmp.Diff(walked(t, s, "app*"), want); diff != "" {
				t.Errorf("keys: (-got +want)\n%.2000s", diff)
			}
			all := walked(t, s, "")
			if r := all["other"]; len(all) != len(want)+1 || r.Type != "list" || len(r.Dump) == 0 || r.Text != nil {
				t.Errorf("%d keys; other: %+v", len(all), r)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			err = s.Walk(t.Context(), "", func([]kv.Record) error { return nil })
			if !errors.Is(err, kv.ErrUnavailable) {
				t.Errorf("Walk after Close: %v", err)
			}
		})
	}
}

// walked returns all matching keys.
func walked(t *testing.T, s *redis.Source, match string) map[kv.Key]kv.Record {
	t.Helper()
	all := map[kv.Key]kv.Record{}
	err := s.Walk(t.Context(), match, func(records []kv.Record) error {
		for _, r := range records {
			all[r.Key] = r
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Walk: %v", err)
	}
	return all
}

// TestOpenSource checks that OpenSource refuses what Open refuses.
func TestOpenSource(t *testing.T) {
	t.Parallel()
	if _, err := redis.OpenSource(t.Context(), redis.Config{URL: "http://host"}); !errors.Is(err, kv.ErrInvalid) {
		t.Errorf("OpenSource of an odd URL: %v", err)
	}
	dead := redistest.Start(t)
	dead.Kill()
	if _, err := redis.OpenSource(t.Context(), redis.Config{URL: dead.URL}); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("OpenSource where nothing listens: %v", err)
	}
}
