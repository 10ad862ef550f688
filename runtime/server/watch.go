// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"sync"
	"time"

	"github.com/tempskv/tempskv/runtime/server/fastpath"
)

// watchAfter is how long a request of the fast path takes until its connection is watched, and how late it may end after its
// deadline. Most are answered before that.
const watchAfter = 100 * time.Millisecond

// watch cancels a request whose client has left. It reads from the connection, as net/http does for each request, but only during
// those that take long, and one whose deadline has passed. One timer serves the requests of a connection.
type watch struct {
	conn *fastConn

	mu       sync.Mutex
	ctx      *requestContext // nil: there is no request
	body     *fastpath.Body  // of the request
	requests int64           // that have begun
	seen     int64           // requests, when the timer was set
	set      bool            // the timer is
	timer    *time.Timer
	reading  chan struct{} // closed when the connection is not read any more; nil: it is not
	early    []byte        // of the next request
}

// begin begins a request.
func (w *watch) begin(ctx *requestContext, body *fastpath.Body) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ctx, w.body = ctx, body
	w.requests++
	if !w.set {
		w.again(watchAfter)
	}
	if w.conn.fast.cut.Load() {
		ctx.cancel(context.Canceled)
	}
}

// cancel ends the request, if there is one.
func (w *watch) cancel() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx != nil {
		w.ctx.cancel(context.Canceled)
	}
}

// again sets the timer.
func (w *watch) again(d time.Duration) {
	w.set, w.seen = true, w.requests
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.look)
		return
	}
	w.timer.Reset(d)
}

// hurry lets the timer of a request end sooner.
func (w *watch) hurry(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx != nil {
		w.again(d)
	}
}

// look ends a request whose deadline has passed, and watches the connection if there is the same request as when the timer was
// set, and all of it has arrived.
func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx == nil {
		w.set = false
		return
	}
	if w.reading == nil && w.requests == w.seen && w.body.Arrived() {
		w.reading = make(chan struct{})
		_ = w.conn.SetReadDeadline(time.Time{})
		go w.read(w.reading, w.ctx)
	}
	w.again(w.ctx.expire(time.Now()))
}

func (w *watch) read(done chan<- struct{}, ctx *requestContext) {
	defer close(done)
	var first [1]byte
	n, err := w.conn.Conn.Read(first[:])
	w.early = append(w.early, first[:n]...)
	if err != nil {
		ctx.cancel(context.Canceled)
	}
}

// end ends a request. It returns what was read of the next one.
func (w *watch) end() []byte {
	w.mu.Lock()
	reading := w.reading
	w.ctx, w.body, w.reading = nil, nil, nil
	w.mu.Unlock()
	if reading == nil {
		return nil
	}
	_ = w.conn.SetReadDeadline(time.Unix(1, 0)) // it ends the read
	<-reading
	_ = w.conn.SetReadDeadline(w.conn.until)
	early := w.early
	w.early = nil
	return early
}
