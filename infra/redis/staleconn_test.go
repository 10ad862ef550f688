// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// idleTimeout is generous for a busy machine; a function has less.
const idleTimeout = 2 * time.Second

// TestLostWhileIdle loses the connection while a store is idle: every call succeeds, and nothing is done twice.
func TestLostWhileIdle(t *testing.T) {
	t.Parallel()
	h := redistest.NewHole(t, redistest.Start(t).Addr)
	s := open(t, redis.Config{URL: "redis://" + h.Addr, ReadIdleTimeout: idleTimeout, StaleAfter: time.Nanosecond})
	entries := []kv.Entry{{Key: "a", Value: kv.Value(`1`), TTL: time.Hour}, {Key: "b", Value: kv.Value(`2`)}}
	for _, call := range []struct {
		name string
		do   func() error
	}{
		{"Incr", func() error { _, err := s.Incr(t.Context(), 1, "n", 1, 0); return err }},
		{"Incr again", func() error { _, err := s.Incr(t.Context(), 1, "n", 1, 0); return err }},
		{"MSet", func() error { return s.MSet(t.Context(), 1, entries) }},
		{"MGet", func() error { _, err := s.MGet(t.Context(), 1, []kv.Key{"a", "b"}); return err }},
		{"Scan", func() error { _, err := s.Scan(t.Context(), 1, "", "", 10); return err }},
		{"Probe", func() error { _, err := s.Probe(t.Context()); return err }},
		{"Del", func() error { _, err := s.Del(t.Context(), 1, []kv.Key{"a", "b"}); return err }},
	} {
		h.Swallow()
		made, began := h.Made(), time.Now()
		err := call.do()
		t.Logf("%s: a lost connection cost %v", call.name, time.Since(began))
		if made = h.Made() - made; err != nil || made != 1 {
			t.Errorf("%s: error %v after %d new connections, want 1", call.name, err, made)
		}
	}
	if got, err := s.Get(t.Context(), 1, "n"); string(got) != "2" || err != nil {
		t.Errorf("Get = %s, %v, want 2", got, err)
	}
}

// TestLostWhileBusy loses the connection without an idle time before: a read still succeeds, the outcome of a write is
// unknown.
func TestLostWhileBusy(t *testing.T) {
	t.Parallel()
	h := redistest.NewHole(t, redistest.Start(t).Addr)
	s := open(t, redis.Config{URL: "redis://" + h.Addr, ReadIdleTimeout: idleTimeout, StaleAfter: time.Hour})
	if _, err := s.Incr(t.Context(), 1, "n", 1, 0); err != nil {
		t.Fatal(err)
	}
	h.Swallow()
	if got, err := s.Get(t.Context(), 1, "n"); string(got) != "1" || err != nil {
		t.Errorf("Get = %s, %v", got, err)
	}
	h.Swallow()
	if _, err := s.Incr(t.Context(), 1, "n", 1, 0); !errors.Is(err, kv.ErrOutcomeUnknown) {
		t.Errorf("Incr: %v, want %v", err, kv.ErrOutcomeUnknown)
	}
	if got, err := s.Incr(t.Context(), 1, "n", 1, 0); got != 2 || err != nil {
		t.Errorf("Incr after it = %d, %v", got, err)
	}
}

// TestClocks loses the connection, and sets the clocks by which its idle time is known: the wall clock may be set while
// the connection is idle, and the monotonic clock stands still while the process is frozen.
func TestClocks(t *testing.T) {
	t.Parallel()
	addr := redistest.Start(t).Addr
	for _, tt := range []struct {
		name            string
		wall, monotonic time.Duration // how far they advance
		want            error
	}{
		{"idle", 2 * time.Minute, 2 * time.Minute, nil},
		{"busy", time.Second, time.Second, kv.ErrOutcomeUnknown},
		{"frozen", 2 * time.Minute, 0, nil},
		{"idle, wall clock set back", -time.Hour, 2 * time.Minute, nil},
		{"idle, wall clock set back by as much", 0, 2 * time.Minute, nil},
		{"frozen, wall clock set back", -time.Hour, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := redistest.NewHole(t, addr)
			var wall, monotonic atomic.Int64
			wall.Store(time.Now().UnixNano())
			s := open(t, redis.WithClocks(
				redis.Config{URL: "redis://" + h.Addr, ReadIdleTimeout: idleTimeout, StaleAfter: time.Minute},
				func() (time.Duration, time.Duration) {
					return time.Duration(wall.Load()), time.Duration(monotonic.Load())
				}))
			if _, err := s.Incr(t.Context(), 1, "n", 1, 0); err != nil {
				t.Fatal(err)
			}
			h.Swallow()
			wall.Add(int64(tt.wall))
			monotonic.Add(int64(tt.monotonic))
			if _, err := s.Incr(t.Context(), 1, "n", 1, 0); !errors.Is(err, tt.want) {
				t.Errorf("Incr: %v, want %v", err, tt.want)
			}
		})
	}
}

// TestSlowIsNotIdle reads a large value through a line that is slow, but never idle.
func TestSlowIsNotIdle(t *testing.T) {
	t.Parallel()
	slow := slowLine(t, redistest.Start(t).Addr)
	s := open(t, redis.Config{URL: "redis://" + slow, ReadIdleTimeout: idleTimeout})
	value := kv.Value(`"` + strings.Repeat("v", 3<<20) + `"`)
	if _, err := s.Set(t.Context(), 1, "k", value, kv.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	var took time.Duration
	eventually(t, "the whole value", func() bool { // a machine may be so busy that the line is idle
		began := time.Now()
		got, err := s.Get(t.Context(), 1, "k")
		took = time.Since(began)
		return err == nil && len(got) == len(value)
	})
	if took < idleTimeout {
		t.Errorf("the line was too fast to show anything: %v", took)
	}
}

// slowLine forwards connections to addr, and its replies at about 1 MB/s.
func slowLine(t *testing.T, addr string) string {
	t.Helper()
	l := redistest.Listen(t)
	redistest.Forward(l, addr, redistest.Copy, func(to, from net.Conn) {
		for {
			if _, err := io.CopyN(to, from, 16<<10); err != nil {
				return
			}
			<-time.After(16 * time.Millisecond)
		}
	})
	return l.Addr().String()
}

// TestHandshake counts the round trips that a new connection costs a function after that of TCP: one to log in, and
// that of the command. It has a user, as every server of a function does.
func TestHandshake(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	if err := server.Client().Do(t.Context(), "acl", "setuser", "app", "on", ">secret", "~*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	h := redistest.NewHole(t, server.Addr)
	s := open(t, redis.Config{URL: "redis://app:secret@" + h.Addr, ReadIdleTimeout: idleTimeout, StaleAfter: time.Nanosecond})
	h.Swallow()
	made := h.Made()
	if _, err := s.Get(t.Context(), 1, "k"); err != nil {
		t.Fatal(err)
	}
	if made, trips := h.Made()-made, h.RoundTrips(); made != 1 || trips > 2 {
		t.Errorf("%d new connections, the last with %d round trips, want 1 with at most 2", made, trips)
	}
}
