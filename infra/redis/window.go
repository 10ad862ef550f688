// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// firstWindow and maxWindow bound how many values of a project are read at a time without knowing their sizes.
	firstWindow = 8
	maxWindow   = 64
	// firstPenalty and maxPenalty are how long all values of a project are measured before they are read, after one of
	// them was too long for a pipeline.
	firstPenalty = 10 * time.Second
	maxPenalty   = 10 * time.Minute
)

// window bounds what one project can put into the pipelines of all: a value that turns out to be long holds up the replies
// behind it. It opens by one for each value that was short, as a TCP connection does in slow start, and closes at the
// first that was not.
type window struct {
	mu       sync.Mutex
	size     int
	under    int           // reads under way
	short    chan struct{} // has an element for each read of short values that is under way
	penalty  time.Duration
	measured time.Time // until when every value is measured
}

// enter reports whether a value may be read without measuring it. Then leave has to be called.
func (w *window) enter(now func() time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.under >= w.size || !w.measured.IsZero() && now().Before(w.measured) {
		return false
	}
	w.under++
	return true
}

// leave notes whether the value was too long for a pipeline.
func (w *window) leave(now func() time.Time, long bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.under--
	if !long {
		w.size = min(w.size+1, maxWindow)
		return
	}
	w.close(now())
}

// close makes all values be measured for a while. w.mu is locked.
func (w *window) close(now time.Time) {
	if now.After(w.measured) { // the first of a pipeline
		w.size = firstWindow
		w.penalty = min(max(2*w.penalty, firstPenalty), maxPenalty)
		w.measured = now.Add(w.penalty)
	}
}

// enterShort waits until many values that are known as short may be read without measuring them, and reports false if they have
// to be measured. Then leaveShort has to be called.
func (w *window) enterShort(ctx context.Context, now func() time.Time) bool {
	select {
	case w.short <- struct{}{}:
	default:
		select {
		case w.short <- struct{}{}:
		case <-ctx.Done():
			return false
		}
	}
	w.mu.Lock()
	measure := !w.measured.IsZero() && now().Before(w.measured)
	w.mu.Unlock()
	if measure {
		<-w.short
	}
	return !measure
}

// leaveShort notes whether a value was long after all.
func (w *window) leaveShort(now func() time.Time, long bool) {
	<-w.short
	if long {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.close(now())
	}
}

// windows holds the window of each project in use.
type windows struct{ all sync.Map } // kv.ProjectID to *window

func (w *windows) of(p kv.ProjectID) *window {
	if found, ok := w.all.Load(p); ok {
		return found.(*window)
	}
	found, _ := w.all.LoadOrStore(p, &window{size: firstWindow, short: make(chan struct{}, shortReads)})
	return found.(*window)
}
