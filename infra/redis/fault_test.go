// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// coalescing are the two ways to send commands.
var coalescing = []struct {
	name string
	redis.Config
}{{"coalesced", redis.Config{Coalesce: true}}, {"plain", redis.Config{}}}

// TestKilled kills and restarts, under load, a server that syncs each write.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, c := range coalescing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
			c.URL = server.URL
			clients := startCrowd(t, open(t, c.Config), 2*time.Second, 0)
			for range 4 {
				clients.progress(500)
				server.Restart()
			}
			clients.progress(500)
			clients.check()
		})
	}
}

// TestMaxClients closes the connections while the server accepts no new ones: no call may have been applied then, and
// Open returns why the store cannot be opened.
func TestMaxClients(t *testing.T) {
	t.Parallel()
	for _, c := range coalescing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			admin := server.Client().Conn()
			t.Cleanup(func() { _ = admin.Close() })
			c.URL = server.URL
			s := open(t, c.Config)
			incr := func() error { _, err := s.Incr(t.Context(), 1, "n", 1, 0); return err }
			if err := errors.Join(incr(), admin.ConfigSet(t.Context(), "maxclients", "1").Err(),
				admin.ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes").Err()); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the store to see it", func() bool { return errors.Is(incr(), kv.ErrUnavailable) })
			for range 20 {
				if err := incr(); !errors.Is(err, kv.ErrUnavailable) {
					t.Errorf("Incr: %v, want %v", err, kv.ErrUnavailable)
				}
			}
			if _, err := redis.Open(t.Context(), patient(c.Config)); err == nil || !strings.Contains(err.Error(), "maxclients") {
				t.Errorf("Open: %v", err)
			}
			if err := admin.ConfigSet(t.Context(), "maxclients", "100").Err(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the store to work", func() bool { return incr() == nil })
		})
	}
}

// TestStalled freezes a server under load: meanwhile each call returns by its deadline, and the store recovers by
// itself.
func TestStalled(t *testing.T) {
	t.Parallel()
	for _, c := range coalescing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			c.URL, c.Timeout = server.URL, time.Second
			clients := startCrowd(t, open(t, c.Config), 500*time.Millisecond, 0)
			clients.progress(100)
			server.Stop()
			clients.answered(8)
			server.Cont()
			clients.progress(100)
			clients.check()
		})
	}
}

// TestGoneAndBack checks the errors while there is no server, and that the store finds it again.
func TestGoneAndBack(t *testing.T) {
	t.Parallel()
	for _, c := range coalescing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
			c.URL = server.URL
			s := open(t, c.Config)
			if _, err := s.Set(t.Context(), 1, "k", kv.Value(`1`), kv.SetOptions{}); err != nil {
				t.Fatal(err)
			}
			server.Kill()
			eventually(t, "writes to be refused", func() bool {
				_, err := s.Incr(t.Context(), 1, "k", 1, 0)
				return errors.Is(err, kv.ErrUnavailable)
			})
			if _, err := s.Get(t.Context(), 1, "k"); !errors.Is(err, kv.ErrUnavailable) {
				t.Errorf("Get without a server: %v, want %v", err, kv.ErrUnavailable)
			}
			if _, err := s.Scan(t.Context(), 1, "", "", 10); !errors.Is(err, kv.ErrUnavailable) {
				t.Errorf("Scan without a server: %v, want %v", err, kv.ErrUnavailable)
			}
			if _, err := s.Probe(t.Context()); !errors.Is(err, kv.ErrUnavailable) {
				t.Errorf("Probe without a server: %v, want %v", err, kv.ErrUnavailable)
			}
			server.Restart()
			eventually(t, "the store to recover", func() bool {
				v, err := s.Get(t.Context(), 1, "k")
				return err == nil && string(v) == "1"
			})
		})
	}
}

// TestFull leaves a server no memory: calls that need memory are refused as a whole, all others work.
func TestFull(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--maxmemory-policy", "noeviction")
	s, ctx := open(t, redis.Config{URL: server.URL, Coalesce: true}), t.Context()
	memory := func(limit string) {
		if err := server.Client().ConfigSet(ctx, "maxmemory", limit).Err(); err != nil {
			t.Fatal(err)
		}
	}
	value := kv.Value(`"` + strings.Repeat("v", 50_000) + `"`)
	if err := s.MSet(ctx, 1, []kv.Entry{{Key: "k0", Value: value}, {Key: "k1", Value: value}}); err != nil {
		t.Fatal(err)
	}
	memory("1kb")
	small := []kv.Entry{{Key: "a", Value: kv.Value(`1`)}, {Key: "b", Value: kv.Value(`1`)}}
	expiring := []kv.Entry{{Key: "a", Value: kv.Value(`1`)}, {Key: "b", Value: kv.Value(`1`), TTL: time.Hour}}
	_, set := s.Set(ctx, 1, "a", kv.Value(`1`), kv.SetOptions{})
	_, incr := s.Incr(ctx, 1, "n", 1, 0)
	_, incrTTL := s.Incr(ctx, 1, "n", 1, time.Hour)
	for what, err := range map[string]error{
		"Set": set, "MSet": s.MSet(ctx, 1, small), "MSet with TTL": s.MSet(ctx, 1, expiring),
		"Incr": incr, "Incr with TTL": incrTTL,
	} {
		if !errors.Is(err, kv.ErrOutOfMemory) {
			t.Errorf("%s without memory: %v, want %v", what, err, kv.ErrOutOfMemory)
		}
	}
	if n, err := s.Exists(ctx, 1, []kv.Key{"a", "b", "n", "k0"}); n != 1 || err != nil {
		t.Errorf("Exists = %d, %v, want 1", n, err)
	}
	if v, err := s.Get(ctx, 1, "k0"); err != nil || len(v) != len(value) {
		t.Errorf("Get = %d bytes, %v", len(v), err)
	}
	if ok, err := s.Expire(ctx, 1, "k0", time.Hour); !ok || err != nil {
		t.Errorf("Expire = %v, %v", ok, err)
	}
	if page, err := s.Scan(ctx, 1, "", "", 10); len(page.Keys) != 2 || err != nil {
		t.Errorf("Scan = %v, %v", page, err)
	}
	if n, err := s.Del(ctx, 1, []kv.Key{"k0", "k1", "k2"}); n != 2 || err != nil {
		t.Errorf("Del = %d, %v", n, err)
	}
	memory("0")
	if _, err := s.Incr(ctx, 1, "n", 1, 0); err != nil {
		t.Errorf("Incr with memory again: %v", err)
	}
}

// TestScanRestart restarts the server between the pages of a scan. Its keys are then in another order, and none is
// missed.
func TestScanRestart(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes")
	s := open(t, redis.Config{URL: server.URL, Coalesce: true})
	missing := map[kv.Key]bool{}
	for i := range 500 {
		key := kv.Key(fmt.Sprint("key", i))
		missing[key] = true
		if _, err := s.Set(t.Context(), 1, key, kv.Value(`1`), kv.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	cursor := kv.Cursor("")
	for n := 0; n == 0 || cursor != ""; n++ {
		if n == 2 || n == 10 {
			server.Restart()
		}
		var page kv.Page
		eventually(t, "a page", func() (ok bool) {
			var err error
			page, err = s.Scan(t.Context(), 1, "", cursor, 20)
			return err == nil
		})
		for _, key := range page.Keys {
			delete(missing, key)
		}
		cursor = page.Cursor
	}
	if len(missing) > 0 {
		t.Errorf("%d keys did not come: %v", len(missing), missing)
	}
}

// TestClosedUnderway closes a store while a server is frozen: it waits for the calls, which end by their deadlines.
func TestClosedUnderway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	growing(t, func(d time.Duration) error {
		s := open(t, redis.Config{URL: server.URL, Coalesce: true})
		server.Stop()
		defer server.Cont()
		ctx, cancel := context.WithTimeout(t.Context(), d) // the only thing that ends the call
		defer cancel()
		ended := make(chan error, 1)
		go func() {
			_, err := s.Incr(ctx, 1, "k", 1, 0)
			ended <- err
		}()
		for s.Stats().Sent != 1 {
			select {
			case err := <-ended:
				return fmt.Errorf("the call ended before it was sent: %w", err)
			case <-time.After(time.Millisecond):
			}
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if deadline, _ := ctx.Deadline(); time.Until(deadline) > d/10 { // the connection's own may be a moment ahead
			t.Error("Close did not wait for a call")
		}
		if err := <-ended; !errors.Is(err, kv.ErrOutcomeUnknown) {
			t.Errorf("Incr ended in %v, want %v", err, kv.ErrOutcomeUnknown)
		}
		return nil
	})
}
