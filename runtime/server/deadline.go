// SPDX-License-Identifier: Apache-2.0

package server

import (
	"sync"
	"time"
)

// piece is how much is written under one deadline: a client that reads a piece in time gets time for the next.
const piece = 64 << 10

// writeDeadline is the write deadline of a connection, or of an HTTP/2 stream, and the only place that sets it. Each piece
// of a write may take the stall timeout, but no piece goes on after the limit that a handler has set. The write timeout of
// net/http would count from the request instead, and cut off responses that take long to make or to send.
type writeDeadline struct {
	stall time.Duration
	set   func(time.Time) error

	mu      sync.Mutex
	limit   time.Time // zero: none
	writing bool
}

// write writes b with f in pieces, and returns how many bytes were written.
func (d *writeDeadline) write(b []byte, f func([]byte) (int, error)) (n int, err error) {
	for {
		if err := d.begin(); err != nil {
			return n, err
		}
		m, err := f(b[n:min(n+piece, len(b))])
		if n += m; err != nil || n == len(b) {
			return n, err
		}
	}
}

// begin gives the next piece its time.
func (d *writeDeadline) begin() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writing = true
	return d.apply()
}

// end lifts what begin has set: for an HTTP/2 stream, which ends at its deadline even if nothing is being written.
func (d *writeDeadline) end() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writing = false
	return d.apply()
}

// setLimit sets the limit (zero: none), for a write under way too.
func (d *writeDeadline) setLimit(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = t
	return d.apply()
}

func (d *writeDeadline) apply() error {
	t := d.limit
	if d.writing {
		if stall := time.Now().Add(d.stall); t.IsZero() || stall.Before(t) {
			t = stall
		}
	}
	return d.set(t)
}
