// SPDX-License-Identifier: Apache-2.0

package limits

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// walkRoom bounds the weight of the pages of scans that are made at a time, and walkShare that of one project.
	walkRoom  = 8
	walkShare = 4
	// walkUnit is what a page of weight 1 takes at most; one that takes several times as long weighs more, up to walkShare.
	walkUnit = 5 * time.Millisecond
	// walkRest is for how many times the time of a page that took longer a project rests after it, if others are active: were
	// there always a page under way, it would have a processor for itself. An active project had a call in activeWithin.
	walkRest     = 2
	activeWithin = int64(3 * time.Second)
)

// walks bounds the scans that run at a time, page by page: each page goes over many keys, most of which its caller may not
// even want. Projects take turns.
type walks struct {
	mu    sync.Mutex
	taken int64
	ready list.List // of *walker with pages that wait; the first is next
	last  [2]seen   // the two projects that last had a call
}

// seen is when a project was last seen to have a call, on the clock of the limiter.
type seen struct {
	id kv.ProjectID
	at int64
}

// see notes that a project has a call.
func (w *walks) see(id kv.ProjectID, now int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last[0].id != id {
		w.last[1] = w.last[0]
	}
	w.last[0] = seen{id, now}
}

// others reports whether another project is active.
func (w *walks) others(id kv.ProjectID, now int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.last {
		if s.id != 0 && s.id != id && now-s.at < activeWithin {
			return true
		}
	}
	return false
}

// walker is a project in walks, whose lock it needs.
type walker struct {
	cost    mean // nanoseconds of a page
	taken   int64
	waiting list.List     // of *waiter
	ready   *list.Element // of walks.ready, nil while nothing waits
}

// Walk waits until the project may make a page of a scan, and returns what has to be called when it is made. Errors:
// ErrTimeout if ctx ends first; ErrOverloaded if too many wait.
func (l *Limiter) Walk(ctx context.Context, p *Project) (done func(), err error) {
	w, k := &l.walks, &p.walker
	page := &waiter{granted: make(chan struct{}), weight: min(1+k.cost.Load()/int64(walkUnit), walkShare)}
	e := w.enqueue(k, page)
	if e == nil {
		return nil, ErrOverloaded
	}
	select {
	case <-page.granted:
	case <-ctx.Done():
		if w.abandon(k, e) {
			return nil, kv.ErrTimeout
		}
	}
	began := l.now()
	return func() {
		now := l.now()
		took := now - began
		k.cost.note(took)
		w.give(page.weight)
		if k.cost.Load() > int64(walkUnit) && w.others(p.id, now) {
			time.AfterFunc(time.Duration(walkRest*took), func() { w.rested(k, page.weight) })
			return
		}
		w.rested(k, page.weight)
	}, nil
}

func (w *walks) enqueue(k *walker, page *waiter) *list.Element {
	w.mu.Lock()
	defer w.mu.Unlock()
	if k.waiting.Len() >= queueLength {
		return nil
	}
	e := k.waiting.PushBack(page)
	if k.ready == nil {
		k.ready = w.ready.PushBack(k)
	}
	w.grant()
	return e
}

// give gives the room of a page to others.
func (w *walks) give(weight int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken -= weight
	w.grant()
}

// rested lets a project make its next page.
func (w *walks) rested(k *walker, weight int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k.taken -= weight
	w.grant()
}

// grant lets pages begin, of one project after the other, as long as there is room. A project that has its share is passed
// over.
func (w *walks) grant() {
	for e := w.ready.Front(); e != nil; {
		k := e.Value.(*walker)
		page := k.waiting.Front().Value.(*waiter)
		if k.taken+page.weight > walkShare {
			e = e.Next()
			continue
		}
		if w.taken+page.weight > walkRoom {
			return
		}
		w.taken += page.weight
		k.taken += page.weight
		w.remove(k, k.waiting.Front())
		if k.ready != nil {
			w.ready.MoveToBack(k.ready)
		}
		close(page.granted)
		e = w.ready.Front()
	}
}

// remove removes a page from the queue of its project.
func (w *walks) remove(k *walker, e *list.Element) {
	k.waiting.Remove(e)
	if k.waiting.Len() == 0 {
		w.ready.Remove(k.ready)
		k.ready = nil
	}
}

// abandon removes a page that gives up. It reports false if the page was let in meanwhile.
func (w *walks) abandon(k *walker, e *list.Element) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-e.Value.(*waiter).granted:
		return false
	default:
		w.remove(k, e)
		w.grant() // the next one may need less room
		return true
	}
}
