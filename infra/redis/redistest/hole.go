// SPDX-License-Identifier: Apache-2.0

package redistest

import (
	"net"
	"sync/atomic"
	"testing"
)

// Hole passes connections on to a server, until they are lost.
type Hole struct {
	Addr string

	to   string
	lost atomic.Pointer[atomic.Int32] // how the current connections are lost
	made atomic.Int64
	last atomic.Pointer[roundTrips]
}

// How a connection is lost.
const (
	notLost = iota
	swallowed
	forgotten
)

// roundTrips counts how often a client spoke after the server, on a connection that one call at a time uses.
type roundTrips struct {
	n        atomic.Int64
	speaking atomic.Bool // the client was the last to speak
}

// NewHole listens on a free port of loopback, and passes connections on to addr. It ends with the test.
func NewHole(tb testing.TB, addr string) *Hole {
	tb.Helper()
	l := Listen(tb)
	h := &Hole{Addr: l.Addr().String(), to: addr}
	h.lost.Store(new(atomic.Int32))
	Accept(l, h.pass)
	return h
}

// Swallow makes existing connections lead nowhere, without notice to either side; later ones are passed on.
func (h *Hole) Swallow() { h.lose(swallowed) }

// Forget makes existing connections end when something is next sent, as a firewall does that has forgotten them. Neither side
// has to wait to find out, so that no time decides a test. Later connections are passed on.
func (h *Hole) Forget() { h.lose(forgotten) }

func (h *Hole) lose(how int32) { h.lost.Swap(new(atomic.Int32)).Store(how) }

// Made returns how many connections have been made.
func (h *Hole) Made() int64 { return h.made.Load() }

// RoundTrips returns how many round trips the last connection had, not counting that of TCP.
func (h *Hole) RoundTrips() int64 { return h.last.Load().n.Load() }

func (h *Hole) pass(in net.Conn) {
	h.made.Add(1)
	count := new(roundTrips)
	h.last.Store(count)
	out, err := net.Dial("tcp", h.to)
	if err != nil {
		_ = in.Close()
		return
	}
	lost := h.lost.Load()
	go copyUnless(lost, out, in, func() {
		if !count.speaking.Swap(true) {
			count.n.Add(1)
		}
	})
	go copyUnless(lost, in, out, func() { count.speaking.Store(false) })
}

// copyUnless passes on what it receives, after a call of said, unless the connection is lost.
func copyUnless(lost *atomic.Int32, to, from net.Conn, said func()) {
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		said()
		switch lost.Load() {
		case notLost:
			_, _ = to.Write(buffer[:n])
		case forgotten:
			return
		}
	}
}
