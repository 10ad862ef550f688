// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"errors"
	"fmt"
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

// TestLostWhileIdle loses the connection while a store is idle: every call succeeds, and nothing is done twice.
func TestLostWhileIdle(t *testing.T) {
	t.Parallel()
	h := redistest.NewHole(t, redistest.Start(t).Addr)
	s := open(t, redis.Config{URL: "redis://" + h.Addr, ReadIdleTimeout: patience, StaleAfter: time.Nanosecond})
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
		h.Forget()
		made := h.Made()
		err := call.do()
		if made = h.Made() - made; err != nil || made != 1 {
			t.Errorf("%s: error %v after %d new connections, want 1", call.name, err, made)
		}
	}
	if got, err := s.Get(t.Context(), 1, "n"); string(got) != "2" || err != nil {
		t.Errorf("Get = %s, %v, want 2", got, err)
	}
}

// TestLostWithoutNotice loses the connection while a store is idle, without notice: a call waits for the check only.
func TestLostWithoutNotice(t *testing.T) {
	t.Parallel()
	h := redistest.NewHole(t, redistest.Start(t).Addr)
	s := open(t, redis.WithCheckTime(
		redis.Config{URL: "redis://" + h.Addr, ReadIdleTimeout: patience, StaleAfter: time.Nanosecond}, 100*time.Millisecond))
	for want := range int64(5) {
		if got, err := s.Incr(t.Context(), 1, "n", 1, 0); got != want+1 || err != nil {
			t.Errorf("Incr = %d, %v, want %d", got, err, want+1)
		}
		h.Swallow()
	}
}

// TestLostWhileBusy loses the connection without an idle time before: a read still succeeds, the outcome of a write is
// unknown.
func TestLostWhileBusy(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	growing(t, func(idleTimeout time.Duration) error {
		h := redistest.NewHole(t, server.Addr)
		s := open(t, redis.Config{URL: "redis://" + h.Addr, ReadIdleTimeout: idleTimeout, StaleAfter: time.Hour})
		key := kv.Key(idleTimeout.String())
		if _, err := s.Incr(t.Context(), 1, key, 1, 0); err != nil {
			return err
		}
		h.Swallow()
		if got, err := s.Get(t.Context(), 1, key); string(got) != "1" || err != nil {
			return fmt.Errorf("Get = %s, %w", got, err)
		}
		h.Swallow()
		if _, err := s.Incr(t.Context(), 1, key, 1, 0); !errors.Is(err, kv.ErrOutcomeUnknown) {
			return fmt.Errorf("Incr: %w, want %w", err, kv.ErrOutcomeUnknown)
		}
		if got, err := s.Incr(t.Context(), 1, key, 1, 0); got != 2 || err != nil {
			return fmt.Errorf("Incr after it = %d, %w", got, err)
		}
		return nil
	})
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
				redis.Config{URL: "redis://" + h.Addr, ReadIdleTimeout: patience, StaleAfter: time.Minute},
				func() (time.Duration, time.Duration) {
					return time.Duration(wall.Load()), time.Duration(monotonic.Load())
				}))
			if _, err := s.Incr(t.Context(), 1, "n", 1, 0); err != nil {
				t.Fatal(err)
			}
			h.Forget()
			wall.Add(int64(tt.wall))
			monotonic.Add(int64(tt.monotonic))
			if _, err := s.Incr(t.Context(), 1, "n", 1, 0); !errors.Is(err, tt.want) {
				t.Errorf("Incr: %v, want %v", err, tt.want)
			}
		})
	}
}

// TestSlowIsNotIdle reads a value through a line that is slow, but never idle.
func TestSlowIsNotIdle(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	value := kv.Value(`"` + strings.Repeat("v", 48*linePiece) + `"`)
	s := open(t, redis.Config{URL: server.URL})
	if _, err := s.Set(t.Context(), 1, "k", value, kv.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	growing(t, func(idleTimeout time.Duration) error {
		slow := slowLine(t, server.Addr, idleTimeout/32)
		s := open(t, redis.Config{URL: "redis://" + slow, ReadIdleTimeout: idleTimeout})
		began := time.Now()
		got, err := s.Get(t.Context(), 1, "k")
		if took := time.Since(began); err != nil || len(got) != len(value) || took < idleTimeout {
			return fmt.Errorf("%d bytes after %v: %w", len(got), took, err)
		}
		return nil
	})
}

// linePiece is how many bytes go over a slow line at a time.
const linePiece = 16 << 10

// slowLine forwards connections to addr, and pauses after each piece of its replies.
func slowLine(t *testing.T, addr string, pause time.Duration) string {
	t.Helper()
	l := redistest.Listen(t)
	redistest.Forward(l, addr, redistest.Copy, func(to, from net.Conn) {
		for {
			if _, err := io.CopyN(to, from, linePiece); err != nil {
				return
			}
			<-time.After(pause)
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
	s := open(t, redis.Config{URL: "redis://app:secret@" + h.Addr, ReadIdleTimeout: patience, StaleAfter: time.Nanosecond})
	h.Forget()
	made := h.Made()
	if _, err := s.Get(t.Context(), 1, "k"); err != nil {
		t.Fatal(err)
	}
	if made, trips := h.Made()-made, h.RoundTrips(); made != 1 || trips > 2 {
		t.Errorf("%d new connections, the last with %d round trips, want 1 with at most 2", made, trips)
	}
}
