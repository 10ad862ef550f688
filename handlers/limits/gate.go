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
	// queueTime is how long an operation waits for its turn, queueLength how many of one project wait, and
	// queueTotal how many of all.
	queueTime   = time.Second
	queueLength = 1024
	queueTotal  = 4096
)

// ErrCrowded is what an operation ends in whose turn does not come. Nothing was sent.
var ErrCrowded = kv.Refuse(kv.ErrUnavailable, "too many operations are under way; nothing was applied: try again")

// heaviest is what the largest operation counts for, and perPlace how many bytes one counts one more for.
const (
	heaviest = 16
	perPlace = 4 << 10
)

// gate has so many places for operations that run. While there is room it takes no lock. While there is none, projects
// take turns, so that one that sends a flood waits behind itself and not before the others. A large operation takes
// several places, so that few of them run at a time beside many small ones.
type gate struct {
	max    int64
	taken  atomic.Int64
	queued atomic.Int64

	mu    sync.Mutex
	turns list.List // of *Project with somebody waiting; the first is next
}

// Stay is an operation that was let in.
type Stay struct {
	project *Project
	places  int64
}

// waiter is an operation that waits. Whoever lets it in takes it out of the queue and closes ready.
type waiter struct {
	ready  chan struct{}
	places int64
}

// Bounded tells whether operations may have to wait for their turn.
func (l *Limiter) Bounded() bool { return l.gate.max > 0 }

// Enter lets an operation of the project in whose request has size bytes, or ends in ErrCrowded, or in ErrTimeout where
// ctx ends first. Who was let in calls Leave.
func (l *Limiter) Enter(ctx context.Context, p *Project, size int64) (Stay, error) {
	g := &l.gate
	if g.max <= 0 {
		return Stay{}, nil
	}
	s := Stay{p, g.places(size + p.answers.Load())}
	if g.queued.Load() == 0 && g.grab(s.places) {
		return s, nil
	}
	e := g.queue(s)
	if e == nil {
		return Stay{}, ErrCrowded
	}
	limit := time.NewTimer(queueTime)
	defer limit.Stop()
	select {
	case <-e.Value.(*waiter).ready:
		return s, nil
	case <-limit.C:
		return s, g.abandon(p, e, ErrCrowded)
	case <-ctx.Done():
		return s, g.abandon(p, e, kv.ErrTimeout)
	}
}

// Leave makes room for another operation. The one that leaves had an answer of size bytes: the next of its project are
// taken to have such answers too.
func (l *Limiter) Leave(s Stay, size int64) {
	g := &l.gate
	if s.places == 0 {
		return
	}
	s.project.answers.note(size)
	g.taken.Add(-s.places)
	if g.queued.Load() > 0 {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.admit()
	}
}

// places returns how many an operation takes that moves so many bytes. A quarter of all is the most.
func (g *gate) places(size int64) int64 {
	return max(1, min(1+size/perPlace, heaviest, g.max/4))
}

// mean is about the mean of the last few numbers.
type mean struct{ atomic.Int64 }

// note takes a number down. Of two at the same time one may be lost.
func (m *mean) note(n int64) {
	if before := m.Load(); n != before {
		m.Store(before + (n-before)/4)
	}
}

// grab takes places if there are so many.
func (g *gate) grab(places int64) bool {
	for {
		n := g.taken.Load()
		if n+places > g.max {
			return false
		}
		if g.taken.CompareAndSwap(n, n+places) {
			return true
		}
	}
}

// queue puts an operation in line, and returns nil if the line is too long.
func (g *gate) queue(s Stay) *list.Element {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := s.project
	if p.waiting.Len() >= queueLength || g.queued.Load() >= queueTotal {
		return nil
	}
	e := p.waiting.PushBack(&waiter{make(chan struct{}), s.places})
	if p.turn == nil {
		p.turn = g.turns.PushBack(p)
	}
	g.queued.Add(1)
	g.admit() // somebody may have left who saw nobody wait
	return e
}

// admit lets in who is next, as long as there is room.
func (g *gate) admit() {
	for g.turns.Len() > 0 {
		p := g.turns.Front().Value.(*Project)
		e := p.waiting.Front()
		w := e.Value.(*waiter)
		if !g.grab(w.places) {
			return
		}
		g.remove(p, e)
		if p.turn != nil {
			g.turns.MoveToBack(p.turn)
		}
		close(w.ready)
	}
}

// remove takes somebody out of the line.
func (g *gate) remove(p *Project, e *list.Element) {
	p.waiting.Remove(e)
	g.queued.Add(-1)
	if p.waiting.Len() == 0 {
		g.turns.Remove(p.turn)
		p.turn = nil
	}
}

// abandon takes an operation out of the line that waits no longer, unless it was let in meanwhile.
func (g *gate) abandon(p *Project, e *list.Element, why error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-e.Value.(*waiter).ready:
		return nil
	default:
		g.remove(p, e)
		g.admit() // who is next may need less room
		return why
	}
}

// InFlight returns how many places are taken, and how many operations wait for their turn.
func (l *Limiter) InFlight() (taken, waiting int64) {
	return l.gate.taken.Load(), l.gate.queued.Load()
}
