// SPDX-License-Identifier: Apache-2.0

package limits

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// ErrMemory means that a request got no memory in time. Nothing was applied.
var ErrMemory = kv.Refuse(kv.ErrUnavailable, "the requests under way hold as much memory as they may: nothing was applied, try again")

const (
	// memoryTime is the default of Config.MemoryTime. The largest requests of a project may have to wait for each other.
	memoryTime = 5 * time.Second
	// memoryWaiters is how many requests of one holder wait.
	memoryWaiters = 64
)

// memory is a budget of bytes for what requests hold: bodies, values and responses. A holder may have as much as is left
// after it, so one holder gets at most half, two a third each, and there is always room for another. See Choudhury and
// Hahne, "Dynamic queue length thresholds for shared-memory packet switches", with alpha 1.
type memory struct {
	max     int64         // 0: no bound
	time    time.Duration // that a request waits
	refused atomic.Int64
	taken   atomic.Int64
	waiting atomic.Int64 // requests that try again when freed is closed

	mu    sync.Mutex
	freed chan struct{} // closed and replaced when bytes are given back while someone waits
}

// holder is who shares the budget: a project, a credential, or all callers without one.
type holder struct {
	taken   atomic.Int64
	waiting atomic.Int64
	next    chan struct{} // holds one element while one of its requests tries again
}

func newHolder() holder { return holder{next: make(chan struct{}, 1)} }

// try takes n bytes for h, and reports false if there is no room. It takes no lock. Of two at the same time for the last bytes,
// both may find no room.
func (m *memory) try(h *holder, n int64) bool {
	if h.taken.Load()+n > m.max-(m.taken.Load()+n) {
		return false
	}
	if all := m.taken.Add(n); h.taken.Add(n) > m.max-all {
		m.give(h, n)
		return false
	}
	return true
}

// give returns n bytes, and lets those that wait try again.
func (m *memory) give(h *holder, n int64) {
	m.taken.Add(-n)
	h.taken.Add(-n)
	if m.waiting.Load() == 0 { // who begins to wait now sees the bytes
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.freed)
	m.freed = make(chan struct{})
}

// take is try that waits for a while. Errors: ErrMemory; ErrTimeout if ctx ends first.
func (m *memory) take(ctx context.Context, h *holder, n int64) error {
	if m.try(h, n) {
		return nil
	}
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > memoryWaiters || n > m.max/2 {
		return ErrMemory
	}
	ctx, cancel := context.WithTimeoutCause(ctx, m.time, ErrMemory)
	defer cancel()
	if err := m.wait(ctx, h, n); err != nil {
		if context.Cause(ctx) == ErrMemory {
			return ErrMemory
		}
		return kv.ErrTimeout
	}
	return nil
}

// wait tries again whenever bytes were given back. Of one holder only one request does so at a time; the others wait for it.
func (m *memory) wait(ctx context.Context, h *holder, n int64) error {
	select {
	case h.next <- struct{}{}:
		defer func() { <-h.next }()
	case <-ctx.Done():
		return ctx.Err()
	}
	m.waiting.Add(1)
	defer m.waiting.Add(-1)
	for {
		m.mu.Lock()
		freed := m.freed
		m.mu.Unlock()
		if m.try(h, n) {
			return nil
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
