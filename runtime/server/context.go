// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// requestContext is the context of a request of the fast path: what context.WithCancel and context.WithTimeout would make of the
// context of its connection, without a timer for each request and without a lock that all requests share.
type requestContext struct {
	conn *fastConn

	mu       sync.Mutex
	deadline time.Time     // zero: none
	done     chan struct{} // nil until somebody asks
	err      error         // nil until it is canceled
	after    map[*func()]struct{}
}

var _ context.Context = (*requestContext)(nil)

// Bound ends the request after d, or up to watchAfter later if d is longer than that. Handlers may call it before they pass the
// context on.
func (x *requestContext) Bound(d time.Duration) {
	x.mu.Lock()
	x.deadline = time.Now().Add(d)
	x.mu.Unlock()
	if d < watchAfter {
		x.conn.watch.hurry(d)
	}
}

// Deadline returns when the request ends.
func (x *requestContext) Deadline() (time.Time, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.deadline, !x.deadline.IsZero()
}

// Done returns a channel that is closed when the request ends.
func (x *requestContext) Done() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done == nil {
		x.done = make(chan struct{})
		if x.err != nil {
			close(x.done)
		}
	}
	return x.done
}

// Err returns why the request ended, nil if it did not.
func (x *requestContext) Err() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.err
}

// Value returns what net/http would, and the connection.
func (x *requestContext) Value(key any) any {
	switch key {
	case connKey{}:
		return x.conn.conn
	case http.LocalAddrContextKey:
		return x.conn.conn.LocalAddr()
	}
	return x.conn.fast.base.Value(key)
}

// AfterFunc calls f in a goroutine when the request ends, unless stop is called before. Package context looks for it: a context
// that descends from this one then needs no goroutine.
func (x *requestContext) AfterFunc(f func()) (stop func() bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil {
		go f()
		return func() bool { return false }
	}
	if x.after == nil {
		x.after = map[*func()]struct{}{}
	}
	key := &f
	x.after[key] = struct{}{}
	return func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		_, stopped := x.after[key]
		delete(x.after, key)
		return stopped
	}
}

// cancel ends the request, once.
func (x *requestContext) cancel(why error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil {
		return
	}
	x.err = why
	if x.done != nil {
		close(x.done)
	}
	for f := range x.after {
		go (*f)()
	}
	x.after = nil
}

// expire ends the request if its deadline has passed. It returns how much time is left, watchAfter at most.
func (x *requestContext) expire(now time.Time) time.Duration {
	deadline, ok := x.Deadline()
	if !ok {
		return watchAfter
	}
	left := deadline.Sub(now)
	if left > 0 {
		return min(left, watchAfter)
	}
	x.cancel(context.DeadlineExceeded)
	return watchAfter
}
