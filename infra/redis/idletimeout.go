// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"errors"
	"net"
	"os"
	"time"
)

// errIdleTimeout is what a read returns when the server sent nothing for Config.ReadIdleTimeout. It is a timeout.
var errIdleTimeout net.Error = &net.OpError{Op: "read", Err: idleTimeoutError{}}

type idleTimeoutError struct{}

func (idleTimeoutError) Error() string   { return "the server sends nothing" }
func (idleTimeoutError) Timeout() bool   { return true }
func (idleTimeoutError) Temporary() bool { return false }

// idleTimeoutConn is a connection whose reads fail when the server sends nothing for a while, however long the reply as a
// whole may take.
type idleTimeoutConn struct {
	net.Conn
	timeout  time.Duration
	deadline time.Time // of the whole reply; zero: none
}

// SetDeadline sets the deadline of the whole reply, and of writes.
func (i *idleTimeoutConn) SetDeadline(t time.Time) error {
	i.deadline = t
	return i.Conn.SetDeadline(t)
}

// SetReadDeadline sets the deadline of the whole reply.
func (i *idleTimeoutConn) SetReadDeadline(t time.Time) error {
	i.deadline = t
	return i.Conn.SetReadDeadline(t)
}

// Read returns errIdleTimeout if nothing arrives in time.
func (i *idleTimeoutConn) Read(b []byte) (int, error) {
	limit := time.Now().Add(i.timeout)
	idle := i.deadline.IsZero() || limit.Before(i.deadline)
	if !idle {
		limit = i.deadline
	}
	if err := i.Conn.SetReadDeadline(limit); err != nil {
		return 0, err
	}
	n, err := i.Conn.Read(b)
	if idle && errors.Is(err, os.ErrDeadlineExceeded) {
		err = errIdleTimeout
	}
	return n, err
}
