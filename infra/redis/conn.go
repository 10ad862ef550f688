// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"bytes"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// errOversize is what a connection ends in where the server closed it at a command with a string that is too long for it.
// Nothing that was sent since the last answer was run.
var errOversize = errors.New("the server takes no string of that length")

// oversize is how the server says it.
var oversize = []byte("-ERR Protocol error: invalid bulk length")

// lastWords bounds how long is waited for what a server said before it closed the connection.
const lastWords = 100 * time.Millisecond

// frank is a connection that returns errOversize instead of a broken pipe, or of an answer after which the connection
// cannot be used.
type frank struct {
	net.Conn
	wrote atomic.Bool // and nothing was read since
}

// Write looks, where it fails, for what the server said.
func (f *frank) Write(b []byte) (int, error) {
	f.wrote.Store(true)
	n, err := f.Conn.Write(b)
	if err == nil {
		return n, nil
	}
	_ = f.SetReadDeadline(time.Now().Add(lastWords))
	if _, said := f.Read(make([]byte, 512)); said == errOversize {
		return n, said
	}
	return n, err
}

// Read looks at how the first answer since the last Write begins.
func (f *frank) Read(b []byte) (int, error) {
	n, err := f.Conn.Read(b)
	if n > 0 && f.wrote.Swap(false) && bytes.HasPrefix(b[:n], oversize) {
		return 0, errOversize
	}
	return n, err
}

// plain is a connection without TLS: go-redis can see whether the server has closed it.
type plain struct {
	*frank
	syscall.Conn
}

// wrapped returns the connection as go-redis gets it.
func wrapped(raw net.Conn, silence time.Duration) net.Conn {
	conn := raw
	if silence > 0 {
		conn = &impatient{Conn: raw, silence: silence}
	}
	f := &frank{Conn: conn}
	if s, ok := raw.(syscall.Conn); ok {
		return plain{f, s}
	}
	return f
}
