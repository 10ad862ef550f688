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

// gate lets so many operations through at a time. While there is room it takes no lock. While there is none, projects
// take turns, so that one that sends a flood waits behind itself and not before the others.
type gate struct {
	max    int64
	inside atomic.Int64
	queued atomic.Int64

	mu    sync.Mutex
	turns list.List // of *Project with somebody waiting; the first is next
}

// waiter is an operation that waits. Whoever lets it in takes it out of the queue and closes ready.
type waiter struct{ ready chan struct{} }

// Enter lets an operation of the project in, or ends in ErrCrowded, or in ErrTimeout where ctx ends first. Who was let
// in calls Leave.
func (l *Limiter) Enter(ctx context.Context, p *Project) error {
	g := &l.gate
	if g.max <= 0 || g.queued.Load() == 0 && g.grab() {
		return nil
	}
	e := g.queue(p)
	if e == nil {
		return ErrCrowded
	}
	limit := time.NewTimer(queueTime)
	defer limit.Stop()
	ready := e.Value.(*waiter).ready
	select {
	case <-ready:
		return nil
	case <-limit.C:
		return g.abandon(p, e, ErrCrowded)
	case <-ctx.Done():
		return g.abandon(p, e, kv.ErrTimeout)
	}
}

// Leave makes room for another operation.
func (l *Limiter) Leave() {
	g := &l.gate
	if g.max <= 0 {
		return
	}
	g.inside.Add(-1)
	if g.queued.Load() > 0 {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.admit()
	}
}

// grab takes a place if there is one.
func (g *gate) grab() bool {
	for {
		n := g.inside.Load()
		if n >= g.max {
			return false
		}
		if g.inside.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// queue puts an operation in line, and returns nil if the line is too long.
func (g *gate) queue(p *Project) *list.Element {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.waiting.Len() >= queueLength || g.queued.Load() >= queueTotal {
		return nil
	}
	e := p.waiting.PushBack(&waiter{make(chan struct{})})
	if p.turn == nil {
		p.turn = g.turns.PushBack(p)
	}
	g.queued.Add(1)
	g.admit() // somebody may have left who saw nobody wait
	return e
}

// admit lets in who is next, as long as there is room.
func (g *gate) admit() {
	for g.turns.Len() > 0 && g.grab() {
		p := g.turns.Front().Value.(*Project)
		e := p.waiting.Front()
		g.remove(p, e)
		if p.turn != nil {
			g.turns.MoveToBack(p.turn)
		}
		close(e.Value.(*waiter).ready)
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
		return why
	}
}

// InFlight returns how many operations run, and how many wait for their turn.
func (l *Limiter) InFlight() (running, waiting int64) {
	return l.gate.inside.Load(), l.gate.queued.Load()
}
