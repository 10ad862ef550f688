// SPDX-License-Identifier: Apache-2.0

package server

import (
	"net"
	"time"
)

// piece is how much is written under one deadline: a client that takes a piece in time may go on.
const piece = 64 << 10

// patient is a listener whose connections give up on a client that reads nothing for the time of stall. The write
// timeout of net/http would count from the request instead, and cut off answers that take long to make or to send.
type patient struct {
	net.Listener
	stall time.Duration
}

// Accept returns the next connection.
func (p patient) Accept() (net.Conn, error) {
	c, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, stall: p.stall}, nil
}

type conn struct {
	net.Conn
	stall time.Duration
}

// Write writes in pieces, each with time of its own.
func (c *conn) Write(b []byte) (int, error) {
	for n := 0; ; {
		if err := c.SetWriteDeadline(time.Now().Add(c.stall)); err != nil {
			return n, err
		}
		m, err := c.Conn.Write(b[n:min(n+piece, len(b))])
		if n += m; err != nil || n == len(b) {
			return n, err
		}
	}
}

// CloseWrite lets net/http end a connection such that the client still reads the last answer.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(*net.TCPConn); ok {
		return half.CloseWrite()
	}
	return c.Close()
}
