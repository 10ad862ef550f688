// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"bytes"
	"cmp"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/infra/redis/reply"
)

// errOversize is what a connection returns when the server closed it because of a string that is too long for it. Nothing
// that was sent since the last reply was run.
var errOversize = errors.New("the server takes no string of that length")

// oversizeReply is how the error reply of the server begins.
var oversizeReply = []byte("-ERR Protocol error: invalid bulk length")

// closeReasonWait bounds the wait for what a server said before it closed the connection.
const closeReasonWait = 100 * time.Millisecond

// oversizeConn is a connection that returns errOversize instead of a broken pipe or of an error reply after which the
// connection cannot be used.
type oversizeConn struct {
	net.Conn
	wrote atomic.Bool // and nothing was read since
}

// Write reads, if it fails, what the server said.
func (o *oversizeConn) Write(b []byte) (int, error) {
	o.wrote.Store(true)
	n, err := o.Conn.Write(b)
	if err == nil {
		return n, nil
	}
	_ = o.SetReadDeadline(time.Now().Add(closeReasonWait))
	if _, reason := o.Read(make([]byte, 512)); reason == errOversize {
		return n, reason
	}
	return n, err
}

// Read checks how the first reply since the last Write begins.
func (o *oversizeConn) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	if n > 0 && o.wrote.Swap(false) && bytes.HasPrefix(b[:n], oversizeReply) {
		return 0, errOversize
	}
	return n, err
}

// wrapConn returns the connection that go-redis gets.
func wrapConn(raw net.Conn, c Config) net.Conn {
	conn := raw
	if c.ReadIdleTimeout > 0 {
		conn = &idleTimeoutConn{Conn: raw, timeout: c.ReadIdleTimeout}
	}
	limits := reply.Limits{String: max(cmp.Or(c.maxString, c.MaxAnswer), pipelinedString), Total: c.MaxReply, Short: largeCommand}
	return reply.Bound(&oversizeConn{Conn: conn}, raw, limits)
}
