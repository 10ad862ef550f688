// SPDX-License-Identifier: Apache-2.0

package limits

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// queueTime is how long an operation waits for its slot, queueLength how many of one project wait, and
	// queueTotal how many of all projects.
	queueTime   = time.Second
	queueLength = 1024
	queueTotal  = 4096
)

// ErrOverloaded means that an operation got no slot in time. Nothing was sent.
var ErrOverloaded = kv.Refuse(kv.ErrUnavailable, "too many operations are under way; nothing was applied: try again")

// maxWeight is the weight of the largest operation. An operation weighs one more for every bytesPerUnit bytes.
const (
	maxWeight    = 16
	bytesPerUnit = 4 << 10
)

// semaphore bounds the weight of the operations that run at a time. It takes no lock while there is room. While there is
// none, it serves the projects round robin, so that one that sends a flood waits behind itself and not in front of the
// others. A large operation weighs more, so that few of them run next to many small ones.
//
// golang.org/x/sync/semaphore serves its waiters in the order in which they came: a flood of one project would delay all.
type semaphore struct {
	max    int64
	taken  atomic.Int64
	queued atomic.Int64

	// ask sees that grant is called, at once or soon; nil: at once.
	ask atomic.Pointer[func()]

	mu    sync.Mutex
	ready list.List // of *Project with waiters; the first is next
	free  sync.Pool // free waiters, each a *waiter: nothing is in granted, and limit is stopped
}

// Slot is an operation's share of the semaphore.
type Slot struct {
	project *Project
	weight  int64
}

// waiter is an operation in a queue. The one that gives it its slot removes it from the queue, and sends to granted or closes it.
type waiter struct {
	granted chan struct{}
	limit   *time.Timer // nil: only its context bounds it
	weight  int64
}

// Acquire waits for a slot for an operation of the project whose request has size bytes. The caller gives it back with
// Release. Errors: ErrOverloaded; ErrTimeout if ctx ends first.
func (l *Limiter) Acquire(ctx context.Context, p *Project, size int64) (Slot, error) {
	s := &l.semaphore
	if s.max <= 0 {
		return Slot{}, nil
	}
	slot := Slot{p, s.weight(size + p.responses.Load())}
	if s.queued.Load() == 0 && s.tryAcquire(slot.weight) {
		return slot, nil
	}
	e := s.enqueue(slot)
	if e == nil {
		return Slot{}, ErrOverloaded
	}
	w := e.Value.(*waiter)
	defer s.free.Put(w)
	defer w.limit.Stop()
	select {
	case <-w.granted:
		return slot, nil
	case <-w.limit.C:
		return s.abandon(slot, e, ErrOverloaded)
	case <-ctx.Done():
		return s.abandon(slot, e, kv.ErrTimeout)
	}
}

// Release gives a slot back. The operation had a response of size bytes: the next operations of its project are expected
// to have similar ones.
func (l *Limiter) Release(slot Slot, size int64) {
	s := &l.semaphore
	if slot.weight == 0 {
		return
	}
	slot.project.responses.note(size)
	s.taken.Add(-slot.weight)
	if s.queued.Load() > 0 {
		s.serve()
	}
}

// InFlight returns the weight of the operations that run, and how many operations wait.
func (l *Limiter) InFlight() (taken, waiting int64) {
	return l.semaphore.taken.Load(), l.semaphore.queued.Load()
}

// weight returns the weight of an operation that moves size bytes, at most a quarter of the semaphore.
func (s *semaphore) weight(size int64) int64 {
	return max(1, min(1+size/bytesPerUnit, maxWeight, s.max/4))
}

// mean is about the mean of the last few numbers.
type mean struct{ atomic.Int64 }

// note adds a number. Of two at the same time one may be lost.
func (m *mean) note(n int64) {
	if before := m.Load(); n != before {
		m.Store(before + (n-before)/4)
	}
}

// tryAcquire takes weight if there is room for it.
func (s *semaphore) tryAcquire(weight int64) bool {
	for {
		n := s.taken.Load()
		if n+weight > s.max {
			return false
		}
		if s.taken.CompareAndSwap(n, n+weight) {
			return true
		}
	}
}

// newWaiter returns a waiter, which has to go back to s.free.
func (s *semaphore) newWaiter(weight int64) *waiter {
	w, known := s.free.Get().(*waiter)
	if known {
		w.limit.Reset(queueTime)
	} else {
		w = &waiter{granted: make(chan struct{}, 1), limit: time.NewTimer(queueTime)}
	}
	w.weight = weight
	return w
}

// enqueue adds an operation to the queue of its project. It returns nil if the queue is full.
func (s *semaphore) enqueue(slot Slot) *list.Element {
	e := s.push(slot)
	if e != nil && s.taken.Load() < s.max { // a slot may have been released before this operation could be seen to wait
		s.serve()
	}
	return e
}

func (s *semaphore) push(slot Slot) *list.Element {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := slot.project
	if p.waiters.Len() >= queueLength || s.queued.Load() >= queueTotal {
		return nil
	}
	e := p.waiters.PushBack(s.newWaiter(slot.weight))
	if p.ready == nil {
		p.ready = s.ready.PushBack(p)
	}
	s.queued.Add(1)
	return e
}

// serve sees that waiters get the slots that are free.
func (s *semaphore) serve() {
	if ask := s.ask.Load(); ask != nil {
		(*ask)()
		return
	}
	s.grant()
}

// grant gives slots to waiters, one project after the other, as long as there is room.
func (s *semaphore) grant() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.ready.Len() > 0 {
		p := s.ready.Front().Value.(*Project)
		e := p.waiters.Front()
		w := e.Value.(*waiter)
		if !s.tryAcquire(w.weight) {
			return
		}
		s.remove(p, e)
		if p.ready != nil {
			s.ready.MoveToBack(p.ready)
		}
		w.granted <- struct{}{}
	}
}

// remove removes a waiter from the queue of its project.
func (s *semaphore) remove(p *Project, e *list.Element) {
	p.waiters.Remove(e)
	s.queued.Add(-1)
	if p.waiters.Len() == 0 {
		s.ready.Remove(p.ready)
		p.ready = nil
	}
}

// abandon removes a waiter that gives up, and returns why, unless it has got its slot meanwhile.
func (s *semaphore) abandon(slot Slot, e *list.Element, why error) (Slot, error) {
	if !s.withdraw(slot.project, e) {
		return slot, nil
	}
	s.serve() // the next one may need less room
	return Slot{}, why
}

// withdraw removes a waiter, and reports false if it has got its slot.
func (s *semaphore) withdraw(p *Project, e *list.Element) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-e.Value.(*waiter).granted:
		return false
	default:
		s.remove(p, e)
		return true
	}
}
