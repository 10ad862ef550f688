// SPDX-License-Identifier: Apache-2.0

package server

import (
	"sync"
	"sync/atomic"
	"time"
)

// deadline is a deadline of a connection or a stream, and what it is made of. The type that embeds it locks it.
type deadline struct {
	set func(time.Time) error

	limit   time.Time // that net/http or a handler has set; zero: none
	until   time.Time // of what is under way; zero: nothing is
	applied time.Time
}

// slack is what part of its time something may be cut off early, so that the deadline need not be set for each piece.
const slack = 8

// begin gives something so much time from now on.
func (d *deadline) begin(now time.Time, time time.Duration) error {
	d.until = now.Add(time)
	t := earlier(d.limit, d.until)
	if early := t.Sub(d.applied); !d.applied.IsZero() && early >= 0 && early < time/slack && !t.Equal(d.limit) {
		return nil
	}
	return d.apply()
}

func (d *deadline) apply() error {
	d.applied = earlier(d.limit, d.until)
	return d.set(d.applied)
}

// earlier returns the earlier of two deadlines, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

const (
	connPiece   = 64 << 10
	streamPiece = 16 << 10 // as large as a frame
)

// writeDeadline is the write deadline of a connection, or of an HTTP/2 stream, and the only place that sets it. Each piece
// of a write has to move at the smallest rate, and none goes on after the limit that a handler has set. The write timeout of
// net/http would count from the request instead, and cut off responses that take long to make or to send.
type writeDeadline struct {
	piece int           // how much is written under one deadline, in bytes
	share *atomic.Int32 // how many streams of the connection are being written; nil: it is no stream

	mu sync.Mutex
	deadline
	pace pace
}

// write writes b with f in pieces, and returns how many bytes were written.
func (d *writeDeadline) write(b []byte, f func([]byte) (int, error)) (n int, err error) {
	if d.share != nil {
		d.share.Add(1)
		defer d.share.Add(-1)
	}
	for {
		next := b[n:min(n+d.piece, len(b))]
		begun := time.Now()
		if err := d.begin(begun, len(next)); err != nil {
			return n, err
		}
		m, err := f(next)
		d.moved(m, time.Since(begun))
		if n += m; err != nil || n == len(b) {
			return n, err
		}
	}
}

// begin gives a piece of n bytes its time.
func (d *writeDeadline) begin(now time.Time, n int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.deadline.begin(now, d.pace.credit+d.pace.time(n, d.streams()))
}

func (d *writeDeadline) moved(n int, took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pace.moved(n, took, d.streams())
}

func (d *writeDeadline) streams() int32 {
	if d.share == nil {
		return 1
	}
	return d.share.Load()
}

// end lifts what begin has set: for an HTTP/2 stream, which ends at its deadline even if nothing is being written.
func (d *writeDeadline) end() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.until = time.Time{}
	return d.apply()
}

// setLimit sets the limit (zero: none), for a write under way too.
func (d *writeDeadline) setLimit(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = t
	return d.apply()
}
