// SPDX-License-Identifier: Apache-2.0

package server

import (
	"net"
	"sync"
)

// handoff is a listener whose connections come from another server.
type handoff struct {
	addr   net.Addr // of the other server
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func newHandoff(addr net.Addr) *handoff {
	return &handoff{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// hand hands a connection over, unless the listener is closed.
func (l *handoff) hand(c net.Conn) bool {
	select {
	case l.conns <- c:
		return true
	case <-l.closed:
		return false
	}
}

// Accept returns the next connection.
func (l *handoff) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (l *handoff) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr returns the address of the other server.
func (l *handoff) Addr() net.Addr { return l.addr }
