// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"bytes"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
)

// conn is a connection whose replies are bounded.
type conn struct {
	net.Conn
	wrote   atomic.Bool // since the last scan; a subscription writes while another goroutine reads
	scanner scanner
	buffer  []byte
	out     []byte // may be passed on
	in      []byte // was read and not yet followed
	more    bool   // in is the beginning of a length
	drop    int64  // bytes that are left of a string that is dropped
	instead string // the error reply that takes its place
	err     error  // comes after in
}

// plainConn is a connection without TLS, of which go-redis can see whether the server has closed it.
type plainConn struct {
	*conn
	raw syscall.Conn
}

// SyscallConn returns the connection of the system.
func (p plainConn) SyscallConn() (syscall.RawConn, error) { return p.raw.SyscallConn() }

// Bound returns a connection that reads no more from c, which is over raw, than the limits allow. Its Read returns an *Error
// for more.
func Bound(c, raw net.Conn, limits Limits) net.Conn {
	bound := &conn{Conn: c, scanner: scanner{limits: limits}}
	if s, ok := raw.(syscall.Conn); ok {
		return plainConn{bound, s}
	}
	return bound
}

// bufferSize is how much is read at a time while a string is dropped, in bytes.
const bufferSize = 32 << 10

// Write writes commands, after which the limits hold for their replies.
func (c *conn) Write(b []byte) (int, error) {
	c.wrote.Store(true)
	return c.Conn.Write(b)
}

// scan follows replies, from zero if commands were written since the last time.
func (c *conn) scan(b []byte) (good int, e event, err error) {
	if c.wrote.Swap(false) {
		c.scanner.strings, c.scanner.arrays = 0, 0
	}
	return c.scanner.scan(b)
}

// Read reads replies, without what is beyond the limits.
func (c *conn) Read(b []byte) (int, error) {
	if len(c.out) == 0 && c.drop == 0 && c.err == nil && (len(c.in) == 0 || c.more && len(c.in) < len(b)) {
		if n, err := c.pass(b); n > 0 || err != nil {
			return n, err
		}
	}
	for {
		switch {
		case len(c.out) > 0:
			n := copy(b, c.out)
			if c.out = c.out[n:]; len(c.out) == 0 && len(c.in) == 0 {
				c.buffer, c.out, c.in = nil, nil, nil
			}
			return n, nil
		case c.drop > 0 && len(c.in) > 0:
			c.discard()
		case len(c.in) > 0 && !c.more:
			c.follow()
		case c.err != nil:
			return 0, c.err
		default:
			c.read()
		}
	}
}

// pass reads into b, and keeps what may not be passed on. It is all that is done for usual replies.
func (c *conn) pass(b []byte) (int, error) {
	begun := copy(b, c.in)
	c.in, c.more = c.in[:0], false
	n, err := c.Conn.Read(b[begun:])
	n += begun
	good, e, wrong := c.scan(b[:n])
	if good == n {
		return n, err
	}
	c.in, c.err = append(c.in, b[good:n]...), err
	c.handle(e, wrong)
	return good, nil
}

// read reads more into c.in, which is empty or the beginning of a length.
func (c *conn) read() {
	if c.buffer == nil {
		c.buffer = make([]byte, maxLength+bufferSize)
	}
	begun := copy(c.buffer, c.in)
	n, err := c.Conn.Read(c.buffer[begun:])
	c.in, c.err, c.more = c.buffer[:begun+n], err, false
}

// follow moves what may be passed on from c.in to c.out.
func (c *conn) follow() {
	good, e, wrong := c.scan(c.in)
	c.out, c.in = c.in[:good:good], c.in[good:]
	c.handle(e, wrong)
}

// handle takes note of why c.in is not passed on.
func (c *conn) handle(e event, wrong error) {
	switch {
	case wrong != nil:
		c.in, c.err = nil, wrong
	case e == cut:
		c.more = true
	case e == tooLong, e == later:
		end := bytes.IndexByte(c.in, '\n') + 1
		n, _ := length(c.in[:end]) // scan has parsed it
		name := TooLong
		if e == later {
			name = Later
		}
		c.in, c.drop, c.instead = c.in[end:], n+2, fmt.Sprintf("-%s %d\r\n", name, n)
	}
}

// discard drops what has arrived of a string. At its end the error reply takes its place.
func (c *conn) discard() {
	n := min(int64(len(c.in)), c.drop)
	if c.in, c.drop = c.in[n:], c.drop-n; c.drop == 0 {
		c.out = []byte(c.instead)
	}
}
