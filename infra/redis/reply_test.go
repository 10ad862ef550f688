// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// TestReplies checks what error replies mean. No such command ran, and the error contains nothing of the command.
func TestReplies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reply string
		want  error
	}{
		{"OOM command not allowed when used memory > 'maxmemory'.", kv.ErrOutOfMemory},
		{"MISCONF Redis is configured to save RDB snapshots, but it's unable to persist to disk.", kv.ErrStorageFull},
		{"MISCONF Errors writing to the AOF file: No space left on device", kv.ErrStorageFull},
		{"WRONGTYPE Operation against a key holding the wrong kind of value", kv.ErrWrongType},
		{"ERR value is not an integer or out of range", kv.ErrNotInteger},
		{"ERR value is not an integer or out of range script: 1f2e, on @user_script:9.", kv.ErrNotInteger},
		{"ERR increment or decrement would overflow", kv.ErrOverflow},
		{"NOAUTH Authentication required.", kv.ErrUnavailable},
		{"NOPERM User app has no permissions to run the 'set' command", kv.ErrUnavailable},
		{"ERR unknown command 'set', with args beginning with: 'kv:p1:secret' '\"secret\"'", kv.ErrUnavailable},
		{"LOADING Redis is loading the dataset in memory", kv.ErrUnavailable},
		{"READONLY You can't write against a read only replica.", kv.ErrUnavailable},
		{"CLUSTERDOWN The cluster is down", kv.ErrUnavailable},
		{"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", kv.ErrUnavailable},
		{"NOREPLICAS Not enough good replicas to write.", kv.ErrUnavailable},
		{"BUSY Redis is busy running a script.", kv.ErrUnavailable},
	} {
		t.Run(strings.Fields(tt.reply)[0], func(t *testing.T) {
			t.Parallel()
			f := newFake(t, func(string, int) string { return "-" + tt.reply + "\r\n" })
			for _, coalesce := range []bool{false, true} {
				s := open(t, redis.Config{URL: "redis://" + f.addr, Coalesce: coalesce})
				growing(t, func(d time.Duration) error { // the last of the answers may come too late
					ctx, cancel := context.WithTimeout(t.Context(), d)
					defer cancel()
					_, err := s.Set(ctx, 1, "secret", kv.Value(`"secret"`), kv.SetOptions{})
					if !errors.Is(err, tt.want) || strings.Contains(err.Error(), "secret") {
						return fmt.Errorf("Set = %v, want %w", err, tt.want)
					}
					return nil
				})
			}
		})
	}
}

// TestDropped stalls a server and checks that the calls whose callers leave while they are queued are
// never sent, not even when the server continues.
func TestDropped(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	f := newFake(t, func(string, int) string { <-release; return "" })
	s := open(t, redis.Config{URL: "redis://" + f.addr, Coalesce: true})
	unknown := map[string]bool{}
	var mu sync.Mutex
	call := func(key kv.Key, limit time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		_, err := s.Incr(ctx, 1, key, 1, 0)
		mu.Lock()
		defer mu.Unlock()
		unknown["incrby kv:p1:"+string(key)+" 1"] = errors.Is(err, kv.ErrOutcomeUnknown)
		return err
	}
	var first, second sync.WaitGroup
	for i, key := range []kv.Key{"a", "b", "c", "d", "e", "f", "g", "h"} {
		first.Go(func() { _ = call(key, patience) })
		// One pipeline for each, until there are no more.
		awaitStats(t, s, "the call to have come", func(now kv.Stats) bool { return now.Waiting+now.Sent == i+1 })
	}
	for _, key := range []kv.Key{"p", "q", "r", "s"} {
		second.Go(func() {
			if err := call(key, 50*time.Millisecond); !errors.Is(err, kv.ErrTimeout) {
				t.Errorf("a queued call ended in %v, want %v", err, kv.ErrTimeout)
			}
		})
	}
	second.Wait()
	close(release)
	first.Wait()
	if err := call("last", patience); err != nil {
		t.Errorf("the server goes on, and a call ended in %v", err)
	}
	for line, n := range ran(f) {
		if n > 1 {
			t.Errorf("%q ran %d times", line, n)
		}
		if strings.ContainsAny(strings.TrimSuffix(line, " 1")[len(line)-3:], "pqrs") {
			t.Errorf("%q ran after its caller was told that it was not sent", line)
		}
	}
}

// TestQueueFull checks that a call beyond Config.MaxQueued is refused at once and not sent.
func TestQueueFull(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	f := newFake(t, func(string, int) string { <-release; return "" })
	s := open(t, redis.Config{URL: "redis://" + f.addr, Coalesce: true, MaxQueued: 4})
	errs := make(chan error)
	const calls = 16
	for range calls {
		go func() { _, err := s.Incr(t.Context(), 1, "k", 1, 0); errs <- err }()
	}
	for range calls - 4 {
		if err := <-errs; !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("a call too many ended in %v, want %v", err, kv.ErrUnavailable)
		}
	}
	close(release)
	for range 4 {
		if err := <-errs; err != nil {
			t.Errorf("a call that was queued: %v", err)
		}
	}
	if got := ran(f)["incrby kv:p1:k 1"]; got != 4 {
		t.Errorf("%d calls ran, want 4", got)
	}
}
