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
)

// walks bounds the scans that run at a time, page by page: each page goes over many keys, most of which its caller may not
// even want. Projects take turns.
type walks struct {
	mu    sync.Mutex
	taken int64
	ready list.List // of *walker with pages that wait; the first is next
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
	page := &waiter{make(chan struct{}), min(1+k.cost.Load()/int64(walkUnit), walkShare)}
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
		k.cost.note(l.now() - began)
		w.leave(k, page.weight)
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

func (w *walks) leave(k *walker, weight int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken -= weight
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
