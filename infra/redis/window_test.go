// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestLongValuesAreMeasured has many callers read values at once that are too long for a pipeline, and that the store has not
// seen before: few of them are sent in vain.
func TestLongValuesAreMeasured(t *testing.T) {
	t.Parallel()
	const callers = 100
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL, Coalesce: true}), server.Client()
	long := strings.Repeat("1", 2<<20)
	for i := range callers {
		if err := c.Set(t.Context(), fmt.Sprintf("kv:p1:k%d", i), long, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			if v, err := s.Get(t.Context(), 1, kv.Key(fmt.Sprint("k", i))); string(v) != long || err != nil {
				t.Errorf("a value of %d bytes: %d, %v", len(long), len(v), err)
			}
		})
	}
	all.Wait()
	gets := calls(t, c, "get")
	if vain := gets - callers; vain < 1 || vain > 8 {
		t.Errorf("%d of %d values were sent in vain, want 1 to 8", vain, gets)
	}
}

// calls returns how often a server was sent a command.
func calls(t *testing.T, c *goredis.Client, name string) (n int) {
	t.Helper()
	stats, prefix := c.Info(t.Context(), "commandstats").Val(), "cmdstat_"+name+":calls="
	if _, rest, ok := strings.Cut(stats, prefix); ok {
		if _, err := fmt.Sscan(rest[:strings.IndexByte(rest, ',')], &n); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// TestShortValuesAreNotMeasured reads many values again and again. Most reads of short ones are one command. After another client
// has made them long, what was sent in vain is dropped, and they are measured again.
func TestShortValuesAreNotMeasured(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL, Coalesce: true}), server.Client()
	keys, long := []kv.Key{"a", "b", "none", "list"}, strings.Repeat("1", 1<<20)
	if err := c.RPush(t.Context(), "kv:p1:list", "a").Err(); err != nil {
		t.Fatal(err)
	}
	write := func(a, b string) {
		if err := c.MSet(t.Context(), "kv:p1:a", a, "kv:p1:b", b).Err(); err != nil {
			t.Fatal(err)
		}
	}
	read := func(a, b string) (measured, sent int) {
		before := [2]int{calls(t, c, "strlen"), calls(t, c, "mget")}
		got, err := s.MGet(t.Context(), 1, keys)
		want := []kv.Value{kv.Value(a), kv.Value(b), nil, nil}
		if !reflect.DeepEqual(got, want) || err != nil {
			t.Fatalf("%.100q, %v, want %.100q", got, err, want)
		}
		return calls(t, c, "strlen") - before[0], calls(t, c, "mget") - before[1]
	}
	for unmeasured := 0; unmeasured < 3; {
		write("1", fmt.Sprint(unmeasured))
		if measured, sent := read("1", fmt.Sprint(unmeasured)); measured == 0 && sent == 1 {
			unmeasured++
		}
	}
	var began time.Time
	for sent := 0; sent < 2; { // until values grow in the moment for which they are expected to be short
		began = time.Now()
		write("1", "2")
		read("1", "2")
		write(long, long)
		_, sent = read(long, long)
	}
	write("1", "2")
	for range 3 {
		measured, sent := read("1", "2")
		if sent != 1 || measured == 0 && time.Since(began) < 10*time.Second {
			t.Errorf("after that %d were measured and %d sent, want all and 1", measured, sent)
		}
	}
}

// TestLongValuesOfOurs writes long values to keys that were just found to be short, in each way that there is: no read of many asks
// Redis for them, nor for one of them again and again, before it is measured.
func TestLongValuesOfOurs(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, c := open(t, redis.Config{URL: server.URL, Coalesce: true}), server.Client()
	long := kv.Value(`"` + strings.Repeat("a", 1<<20) + `"`)
	keys := []kv.Key{"a", "b", "c"}
	same := slices.Repeat(keys[:1], 200)
	requests := 0
	once := func() kv.Changer {
		requests++
		return s.Idempotent(&kv.Idempotency{Key: fmt.Sprint("request", requests), TTL: time.Hour})
	}
	for range 5 {
		for name, write := range map[string]func() error{
			"Set": func() error { _, err := s.Set(t.Context(), 1, "a", long, kv.SetOptions{}); return err },
			"MSet": func() error {
				return s.MSet(t.Context(), 1, []kv.Entry{{Key: "b", Value: kv.Value("1")}, {Key: "a", Value: long}})
			},
			"Set once":  func() error { _, err := once().Set(t.Context(), 1, "a", long, kv.SetOptions{}); return err },
			"MSet once": func() error { return once().MSet(t.Context(), 1, []kv.Entry{{Key: "a", Value: long}}) },
			"Import": func() error {
				_, err := s.Import(t.Context(), []kv.Record{{Project: 1, Key: "a", Text: long}})
				return err
			},
		} {
			if _, err := s.Del(t.Context(), 1, keys); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := s.MGet(t.Context(), 1, same); err != nil {
					t.Fatal(err)
				}
				if _, err := s.MGet(t.Context(), 1, keys); err != nil {
					t.Fatal(err)
				}
			}
			if err := write(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			before := calls(t, c, "mget")
			if _, err := s.MGet(t.Context(), 1, same); !errors.Is(err, kv.ErrTooLarge) {
				t.Errorf("%s: one key 200 times: %v", name, err)
			}
			if v, err := s.MGet(t.Context(), 1, keys); err != nil || string(v[0]) != string(long) {
				t.Errorf("%s: %d bytes, %v", name, len(v[0]), err)
			}
			if sent := calls(t, c, "mget") - before; sent != 1 {
				t.Errorf("%s: %d reads were sent, want 1", name, sent)
			}
		}
	}
}
