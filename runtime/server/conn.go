// SPDX-License-Identifier: Apache-2.0

package server

import (
	"errors"
	"net"
	"time"
)

// stallListener is a listener whose connections fail when the client reads nothing for the stall timeout.
type stallListener struct {
	net.Listener
	stall time.Duration
}

// Accept returns the next connection.
func (l stallListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, deadline: writeDeadline{stall: l.stall, set: c.SetWriteDeadline}}, nil
}

type conn struct {
	net.Conn
	deadline writeDeadline
}

// Write writes in pieces, each with the stall timeout.
func (c *conn) Write(b []byte) (int, error) { return c.deadline.write(b, c.Conn.Write) }

// SetWriteDeadline bounds what is written until it is called again.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.deadline.setLimit(t) }

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
