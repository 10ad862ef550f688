// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/runtime/server/fastpath"
)

// readSize is how much is read at a time, in bytes. Most requests are shorter.
const readSize = 4 << 10

// maxKept bounds the head that a connection keeps, in bytes.
const maxKept = 1 << 10

// States of a fastConn.
const (
	active   int32 = iota // it has begun a request, or never had one
	idle                  // it waits for the next request
	shutDown              // while it was idle
)

// fastConn is a connection that the fast path serves.
type fastConn struct {
	net.Conn // conn, or TLS on it
	conn     *conn
	fast     *fast
	from     string
	tls      *tls.ConnectionState // nil: plain HTTP

	state atomic.Int32
	until time.Time // the limit of reads

	buffer     []byte // buffer[start:end] has arrived and is not served yet
	start, end int
	head       fastpath.Head
	header     http.Header // of the request
	lastHead   string      // if it was short
	skipped    int         // before the request
	served     bool        // a request
	watch      watch
}

func newFastConn(f *fast, c *conn) *fastConn {
	made := &fastConn{Conn: c, conn: c, fast: f, from: c.RemoteAddr().String()}
	made.watch.conn = made
	return made
}

// serve serves requests until the connection ends, or goes to net/http.
func (c *fastConn) serve() {
	defer c.finish()
	if c.fast.tls != nil && !c.shakeHands() {
		return
	}
	c.limit(headerTimeout)
	c.buffer, c.header = make([]byte, readSize), http.Header{}
	for c.readHead() && c.exchange() {
	}
}

// finish closes the connection, unless it has gone to net/http. A panic of a handler ends it; what was sent of the response stays.
func (c *fastConn) finish() {
	if cause := recover(); cause != nil && cause != http.ErrAbortHandler {
		c.fast.http.ErrorLog.Printf("http: panic serving %v: %v\n%s", c.from, cause, debug.Stack())
	}
	c.fast.remove(c) // before others learn that there is one connection less
	if c.Conn != nil {
		_ = c.Close()
	}
}

// shakeHands begins TLS. It reports whether the client goes on with HTTP/1.1. Else net/http goes on, also with what has failed.
func (c *fastConn) shakeHands() bool {
	secured := tls.Server(c.conn, c.fast.tls)
	c.Conn = secured
	_ = secured.SetDeadline(time.Now().Add(headerTimeout))
	err := secured.HandshakeContext(c.fast.base)
	_ = secured.SetDeadline(time.Time{})
	state := secured.ConnectionState()
	c.tls = &state
	if err != nil || state.NegotiatedProtocol == "h2" {
		c.leave(secured)
		return false
	}
	return true
}

// leave gives the connection to net/http.
func (c *fastConn) leave(as net.Conn) {
	c.Conn = nil
	if !c.fast.rest.hand(as) {
		_ = as.Close()
	}
}

// readHead reads the head of the next request. It reports whether there is one of the usual form.
func (c *fastConn) readHead() bool {
	c.head, c.skipped = fastpath.Head{}, 0
	for {
		if c.served && c.head.Untouched() {
			c.skipLines()
		}
		if c.start < c.end {
			switch c.head.Read(c.buffer[c.start:c.end], c.fast.paths) {
			case fastpath.Complete:
				return true
			case fastpath.Other:
				c.resume()
				return false
			}
		}
		if !c.read() {
			return false
		}
	}
}

// leastRead is how much net/http waits for before it looks at a further request, and how many CR and LF it skips before one, for
// some old clients.
const leastRead = 4

func (c *fastConn) skipLines() {
	for c.skipped < leastRead && c.start < c.end && (c.buffer[c.start] == '\r' || c.buffer[c.start] == '\n') {
		c.start++
		c.skipped++
	}
}

// resume gives the connection to net/http with what was read and not served.
func (c *fastConn) resume() {
	unread := c.buffer[c.start:c.end]
	if secured, ok := c.Conn.(*tls.Conn); ok {
		c.leave(&resumed{secured, unread})
		return
	}
	c.conn.unread = unread
	c.leave(c.conn)
}

// read waits for more of a request. It reports whether there is some.
func (c *fastConn) read() bool {
	if c.start == c.end {
		c.start, c.end = 0, 0
		if c.served && !c.rest() {
			return false
		}
	} else {
		c.makeRoom()
		c.limit(headerTimeout)
	}
	n, err := c.Conn.Read(c.buffer[c.end:])
	c.end += n
	if n == 0 && err != nil {
		if err == io.EOF && c.start < c.end && (!c.served || c.skipped+c.end-c.start >= leastRead) {
			c.resume() // it answers what was cut
		}
		return false
	}
	if c.state.Load() == active {
		return true
	}
	c.conn.idle.Store(0)
	return c.state.CompareAndSwap(idle, active)
}

// rest makes the connection idle, unless the server shuts down.
func (c *fastConn) rest() bool {
	now := time.Now()
	c.limitFrom(now, c.fast.http.IdleTimeout)
	c.conn.idle.Store(now.UnixNano())
	c.state.Store(idle)
	return !c.fast.closing.Load()
}

// closeIdle closes the connection if it is idle.
func (c *fastConn) closeIdle() {
	if c.state.CompareAndSwap(idle, shutDown) {
		_ = c.conn.Conn.Close()
	}
}

// makeRoom lets more be read into the buffer.
func (c *fastConn) makeRoom() {
	if c.start > 0 {
		c.end = copy(c.buffer, c.buffer[c.start:c.end])
		c.start = 0
	}
	if c.end == len(c.buffer) {
		c.buffer = append(c.buffer, make([]byte, fastpath.MaxHead-len(c.buffer))...)
	}
}

func (c *fastConn) limit(d time.Duration) { c.limitFrom(time.Now(), d) }

// limitFrom bounds reads from now on. It keeps a limit that is almost right: each one costs a timer.
func (c *fastConn) limitFrom(now time.Time, d time.Duration) {
	if left := c.until.Sub(now); left > d || left < d-d/slack {
		c.until = now.Add(d)
	}
	_ = c.SetReadDeadline(c.until) // what fails here fails the read
}

// requests are free ones: a handler is done with its request when it returns.
var requests = sync.Pool{New: func() any { return new(fastpath.Request) }}

// exchange serves the request whose head was read. It reports whether the connection may be used again.
func (c *fastConn) exchange() bool {
	x := new(struct { // what handlers may leave to others
		ctx      requestContext
		body     fastpath.Body
		response fastpath.Response
	})
	x.ctx.conn = c
	request := requests.Get().(*fastpath.Request)
	c.take(&x.ctx, request, &x.body)
	x.response.Begin(c, &x.body, &c.fast.dates)
	c.watch.begin(&x.ctx, &x.body)
	defer x.ctx.cancel(context.Canceled)
	returned := false
	defer func() {
		if !returned {
			x.response.Abort()
		}
		c.add(c.watch.end())
		x.response.End()
		clear(c.header)
	}()
	c.fast.http.Handler.ServeHTTP(&x.response, &request.Request)
	x.ctx.cancel(context.Canceled)
	again := x.response.Finish()
	returned, c.served = true, true
	*request = fastpath.Request{}
	requests.Put(request)
	return again
}

// add adds what was read during a request to the buffer.
func (c *fastConn) add(early []byte) {
	if len(early) > 0 {
		c.makeRoom()
		c.end += copy(c.buffer[c.end:], early)
	}
}

// take takes the request out of the buffer.
func (c *fastConn) take(ctx context.Context, r *fastpath.Request, body *fastpath.Body) {
	text := c.head.Take(ctx, c.buffer[c.start:c.end], c.lastHead, c.header, r)
	if len(text) <= maxKept {
		c.lastHead = text
	}
	r.RemoteAddr, r.TLS = c.from, c.tls
	c.start += c.head.Size
	here := min(c.head.Length, c.end-c.start)
	body.Begin(c.buffer[c.start:c.start+here:c.start+here], c.Conn, c.head.Length-here)
	if c.head.Length > 0 {
		r.Body = body
	}
	c.start += here
}
