// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// listener is a listener with bounds: on how many connections there are, and on how slowly they move.
type listener struct {
	net.Listener
	rate  rate
	conns *connections

	once     sync.Once
	closed   chan struct{}
	closeErr error
}

func newListener(l net.Listener, r rate, conns *connections) *listener {
	return &listener{Listener: l, rate: r, conns: conns, closed: make(chan struct{})}
}

// Close closes the listener, once.
func (l *listener) Close() error {
	l.once.Do(func() {
		l.closeErr = l.Listener.Close()
		close(l.closed)
	})
	return l.closeErr
}

// stopTime is how long a listener that stops accepts what was begun.
const stopTime = 5 * time.Millisecond

// stop closes the listener, from which somebody accepts, once the connections that wait in it are accepted: the kernel would
// reset them.
func (l *listener) stop() error {
	tcp, ok := l.Listener.(*net.TCPListener)
	if !ok {
		return l.Close()
	}
	raw, err := tcp.SyscallConn()
	if err == nil {
		// No more than one may wait from now on, so that no more is reset if it comes at the last moment.
		err = raw.Control(func(fd uintptr) { _ = syscall.Listen(int(fd), 0) })
	}
	if err = errors.Join(err, tcp.SetDeadline(time.Now().Add(stopTime))); err != nil {
		return errors.Join(err, l.Close())
	}
	<-l.closed // by Accept
	return nil
}

// Accept returns the next connection that may stay.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, errors.Join(net.ErrClosed, l.Close())
		}
		if err != nil {
			return nil, err
		}
		made := newConn(c, l.rate, l.conns.remove)
		if l.conns.add(made) {
			return made, nil
		}
		_ = c.Close()
	}
}

// conn is a connection, with its deadlines.
type conn struct {
	net.Conn
	written writeDeadline
	read    readDeadline

	unread []byte // what the fast path has read and did not serve

	reading, writing atomic.Int32 // HTTP/2 streams
	stalled          atomic.Bool
	writes           atomic.Uint32

	from   netip.Prefix // for connections
	idle   atomic.Int64 // since when, in nanoseconds since 1970; 0: it is not
	closed func(*conn)

	handshake atomic.Pointer[handshakes] // that it is one of; nil: none

	// Of HTTP/2.
	frames frameBudget
	tls    *tls.ConnectionState
}

func newConn(c net.Conn, r rate, closed func(*conn)) *conn {
	made := &conn{Conn: c, closed: closed}
	made.written = writeDeadline{piece: connPiece, deadline: deadline{set: c.SetWriteDeadline}, pace: pace{rate: r, credit: r.grace}}
	made.read.set = c.SetReadDeadline
	_, made.read.joins = c.(*net.TCPConn)
	return made
}

// Read reads what has arrived, or waits for it: for a body no longer than its pace leaves.
func (c *conn) Read(b []byte) (int, error) {
	if len(c.unread) > 0 {
		n := copy(b, c.unread)
		c.unread = c.unread[n:]
		return n, nil
	}
	return c.read.read(b, c.Conn.Read)
}

// yieldEvery is after how many writes a connection lets others run.
const yieldEvery = 8

// Write writes in pieces, each of which has to move at the smallest rate. Now and then it lets others run: a client that sends
// requests without reading the responses would else keep a processor for 10 ms at a time, with each of its connections.
func (c *conn) Write(b []byte) (int, error) {
	endHandshake(c)
	n, err := c.written.write(b, c.Conn.Write)
	if c.writes.Add(1)%yieldEvery == 0 {
		runtime.Gosched()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.stalled.Store(true)
	}
	return n, err
}

// Close closes the connection. What a client did not take in time is dropped: the kernel would keep it until the client has it.
func (c *conn) Close() error {
	endHandshake(c)
	if tcp, ok := c.Conn.(*net.TCPConn); ok && c.stalled.Load() {
		_ = tcp.SetLinger(0)
	}
	defer c.closed(c)
	return c.Conn.Close()
}

// SetReadDeadline bounds what is read until it is called again.
func (c *conn) SetReadDeadline(t time.Time) error { return c.read.setLimit(t) }

// SetWriteDeadline bounds what is written until it is called again.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.written.setLimit(t) }

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// CloseWrite lets net/http end a connection in a way that the client still reads the last response.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(*net.TCPConn); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

type connKey struct{}

// withConn returns the context of the requests of a connection.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, plain(c))
}

// plain returns the connection below TLS and HTTP/2, if there is any.
func plain(c net.Conn) *conn {
	for {
		if found, ok := c.(*conn); ok {
			return found
		}
		c = c.(interface{ NetConn() net.Conn }).NetConn()
	}
}

// connOf returns the connection of a request by its context.
func connOf(ctx context.Context) *conn { return ctx.Value(connKey{}).(*conn) }
