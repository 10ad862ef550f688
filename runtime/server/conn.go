// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// listener is a listener whose connections fail when the client takes a response, or sends a body, too slowly.
type listener struct {
	net.Listener
	rate rate
}

// Accept returns the next connection.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return newConn(c, l.rate), nil
}

// conn is a connection, with its deadlines.
type conn struct {
	net.Conn
	written writeDeadline
	read    readDeadline

	reading, writing atomic.Int32 // HTTP/2 streams
	stalled          atomic.Bool
}

func newConn(c net.Conn, r rate) *conn {
	made := &conn{Conn: c}
	made.written = writeDeadline{piece: connPiece, deadline: deadline{set: c.SetWriteDeadline}, pace: pace{r, r.grace}}
	made.read.set = c.SetReadDeadline
	return made
}

// Read reads what has arrived, or waits for it: for a body no longer than its pace leaves.
func (c *conn) Read(b []byte) (int, error) { return c.read.read(b, c.Conn.Read) }

// Write writes in pieces, each of which has to move at the smallest rate.
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.written.write(b, c.Conn.Write)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.stalled.Store(true)
	}
	return n, err
}

// Close closes the connection. What a client did not take in time is dropped: the kernel would keep it until the client has it.
func (c *conn) Close() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok && c.stalled.Load() {
		_ = tcp.SetLinger(0)
	}
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
	if secured, ok := c.(*tls.Conn); ok {
		c = secured.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}

// connOf returns the connection of a request by its context.
func connOf(ctx context.Context) *conn { return ctx.Value(connKey{}).(*conn) }
