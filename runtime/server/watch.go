// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"sync"
	"time"

	"github.com/tempskv/tempskv/runtime/server/fastpath"
)

// watchAfter is how long a request of the fast path takes until its connection is watched. Most are answered before that.
const watchAfter = 100 * time.Millisecond

// watch cancels a request whose client has left. It reads from the connection, as net/http does for each request, but only during
// those that take long. One timer serves the requests of a connection.
type watch struct {
	conn *fastConn

	mu       sync.Mutex
	cancel   context.CancelFunc // of the request; nil: there is none
	body     *fastpath.Body     // of the request
	requests int64              // that have begun
	seen     int64              // requests, when the timer was set
	set      bool               // the timer is
	timer    *time.Timer
	reading  chan struct{} // closed when the connection is not read any more; nil: it is not
	early    []byte        // of the next request
}

// begin begins a request, which cancel cancels.
func (w *watch) begin(cancel context.CancelFunc, body *fastpath.Body) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel, w.body = cancel, body
	w.requests++
	if !w.set {
		w.again()
	}
}

// again sets the timer.
func (w *watch) again() {
	w.set, w.seen = true, w.requests
	if w.timer == nil {
		w.timer = time.AfterFunc(watchAfter, w.look)
		return
	}
	w.timer.Reset(watchAfter)
}

// look watches the connection if there is the same request as when the timer was set, and all of it has arrived.
func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.cancel == nil:
		w.set = false
	case w.requests != w.seen || !w.body.Arrived():
		w.again()
	default:
		w.set = false
		w.reading = make(chan struct{})
		_ = w.conn.SetReadDeadline(time.Time{})
		go w.read(w.reading, w.cancel)
	}
}

func (w *watch) read(done chan<- struct{}, cancel context.CancelFunc) {
	defer close(done)
	var first [1]byte
	n, err := w.conn.Conn.Read(first[:])
	w.early = append(w.early, first[:n]...)
	if err != nil {
		cancel()
	}
}

// end ends a request. It returns what was read of the next one.
func (w *watch) end() []byte {
	w.mu.Lock()
	reading := w.reading
	w.cancel, w.body, w.reading = nil, nil, nil
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
