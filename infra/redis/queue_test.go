// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// TestNextToABatchThatHangs sends a large batch whose connection answers no more, and then one call, with nothing after it.
func TestNextToABatchThatHangs(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(line string, _ int) string {
		if strings.Contains(line, "stuck") {
			return stall
		}
		return ""
	})
	s := open(t, redis.Config{URL: "redis://" + f.addr, Coalesce: true, Timeout: 2 * patience})
	ctx, leave := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	call := func(key kv.Key) {
		callers.Go(func() {
			if _, err := s.Incr(ctx, 1, key, 1, 0); err != nil && !errors.Is(err, kv.ErrOutcomeUnknown) {
				t.Errorf("Incr %s: %v", key, err)
			}
		})
	}
	// While the server answers nothing, two batches are under way, and the next one fills.
	f.mu.Lock()
	unlock := sync.OnceFunc(f.mu.Unlock)
	defer unlock()
	for n, key := range []kv.Key{"first", "second"} {
		call(key)
		eventually(t, "the calls to be under way", func() bool { underWay, _ := s.Queued(); return underWay == n+1 })
	}
	for i := range 12 {
		call(kv.Key(fmt.Sprint("stuck", i)))
	}
	eventually(t, "the others to wait", func() bool { _, waiting := s.Queued(); return waiting == 12 })
	unlock()
	eventually(t, "the large batch to hang", func() bool { underWay, waiting := s.Queued(); return underWay == 12 && waiting == 0 })
	within, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if n, err := s.Incr(within, 1, "another", 1, 0); n != 1 || err != nil {
		t.Errorf("next to a batch that hangs: %d, %v, want 1", n, err)
	}
	leave()
	callers.Wait()
}
