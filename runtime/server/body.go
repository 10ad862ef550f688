// SPDX-License-Identifier: Apache-2.0

package server

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"sync"
	"time"
)

// body is the body of an HTTP/1 request, which has to arrive at the smallest rate.
type body struct {
	io.ReadCloser
	conn   *conn
	header http.Header // of the response
	pace   pace
	given  int  // bytes of the body so far
	late   bool // it moved too slowly, or broke off
	read   bool // to its end
}

// maxFraming is how many bytes the framing of a body may take in all, and on top of that as many as the body. Chunks of a byte
// each would be a hundred times the work of others.
const maxFraming = 64 << 10

var errFraming = errors.New("the chunks of the body are too small")

// Read reads what has arrived, or waits for it.
func (b *body) Read(p []byte) (int, error) {
	b.conn.read.begin(&b.pace)
	n, err := b.ReadCloser.Read(p)
	b.conn.read.end()
	if b.given += n; err == nil && b.pace.total-b.given > maxFraming+b.given {
		err = errFraming
	}
	b.read = b.read || err == io.EOF
	b.late = b.late || err != nil && err != io.EOF
	return n, err
}

// maxRest is how much of a body is read that a handler closes before its end, as much as by net/http.
const maxRest = 256 << 10

// Close reads what is left, if that is little and comes soon. Else the connection ends with the response: what comes next on
// it is no request. net/http only does that for its own type of bodies.
func (b *body) Close() error {
	b.limitRest()
	if !b.read && !b.late {
		_, err := io.CopyN(io.Discard, b.ReadCloser, maxRest)
		b.read = err == io.EOF
	}
	if !b.read {
		b.header.Set("Connection", "close")
	}
	return b.ReadCloser.Close()
}

// limitRest bounds the time to read the rest of the body: no time for one that was given up. It ignores errors: a connection
// that takes no deadline fails the next read.
func (b *body) limitRest() {
	if b.read {
		return
	}
	t := time.Now()
	if !b.late {
		t = t.Add(bodyReadTimeout)
	}
	_ = b.conn.SetReadDeadline(t)
}

// readDeadline is the read deadline of a connection, and the only place that sets it. While a body is read, it is also what
// the pace of the body leaves.
type readDeadline struct {
	mu sync.Mutex
	deadline
	pace    *pace // of the body that is being read; nil: none
	waiting bool  // a read is under way
	joins   bool  // what is not read at once is kept in one piece, as TCP does
}

// begin makes what is read from now on count for a body.
func (d *readDeadline) begin(p *pace) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pace = p
}

// end is the end of begin. What is read next is not of the body, such as the read by which net/http notices that the client
// has left: a deadline must not end that one, which may be under way.
func (d *readDeadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pace = nil
	d.until = time.Time{}
	if d.waiting {
		_ = d.apply()
	}
}

const (
	// yieldAfter is how large a body is at least that lets others run after each read, in bytes.
	yieldAfter = 64 << 10
	// maxSmall is how many small pieces a body may come in before its reads are smallPause apart: what comes meanwhile is then
	// read at once.
	maxSmall   = 64
	smallPause = 50 * time.Millisecond
)

// read reads with f.
func (d *readDeadline) read(p []byte, f func([]byte) (int, error)) (int, error) {
	of, pause := d.wait()
	if of == nil {
		defer d.waited()
		return f(p)
	}
	begun := time.Now()
	if pause {
		time.Sleep(smallPause)
	}
	n, err := f(p)
	if d.moved(of, n, time.Since(begun)) > yieldAfter {
		runtime.Gosched() // a body that always has more to read would else keep a processor for 10 ms at a time
	}
	return n, err
}

// wait sets the deadline of a read, and returns the pace that it is for, if any, and whether it has to pause first.
func (d *readDeadline) wait() (of *pace, pause bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = true
	if d.pace == nil {
		if !d.applied.Equal(earlier(d.limit, d.until)) {
			_ = d.apply() // what fails here fails the read
		}
		return nil, false
	}
	pause = d.joins && d.pace.small > maxSmall
	wait := d.pace.credit
	if pause {
		wait += smallPause
	}
	_ = d.deadline.begin(time.Now(), wait) // as above
	return d.pace, pause
}

func (d *readDeadline) waited() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = false
}

// moved returns how many bytes of the body have come.
func (d *readDeadline) moved(p *pace, n int, took time.Duration) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = false
	p.moved(n, took, 1)
	return p.total
}

// setLimit sets the limit (zero: none), for a read under way too. Else the next one applies it: most limits are replaced before
// that, and a timer costs more.
func (d *readDeadline) setLimit(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = t
	if !d.waiting {
		return nil
	}
	return d.apply()
}

// streamBody is the body of an HTTP/2 request. A deadline of its stream would also end a body that nobody is waiting for, so
// a timer does that, which runs while somebody is.
type streamBody struct {
	io.ReadCloser
	conn   *conn
	stream *http.ResponseController

	mu    sync.Mutex
	pace  pace
	until time.Time // of the read under way; zero: none
	timer *time.Timer
}

// Read reads what has arrived, or waits for it.
func (b *streamBody) Read(p []byte) (int, error) {
	share := b.conn.reading.Add(1)
	defer b.conn.reading.Add(-1)
	begun := time.Now()
	b.begin(begun)
	n, err := b.ReadCloser.Read(p)
	b.end(n, time.Since(begun), share)
	return n, err
}

func (b *streamBody) begin(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = now.Add(b.pace.credit)
	if b.timer == nil {
		b.timer = time.AfterFunc(b.pace.credit, b.expire)
		return
	}
	b.timer.Reset(b.pace.credit)
}

func (b *streamBody) end(n int, took time.Duration, share int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.timer.Stop()
	b.until = time.Time{}
	b.pace.moved(n, took, share)
}

// expire ends the read under way, if it is the one whose time is over.
func (b *streamBody) expire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.until.IsZero() && !time.Now().Before(b.until) {
		_ = b.stream.SetReadDeadline(time.Now())
	}
}
