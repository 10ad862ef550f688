// SPDX-License-Identifier: Apache-2.0

package redistest

import (
	"io"
	"net"
	"testing"
)

// Listen listens on a free port of loopback until the test ends.
func Listen(tb testing.TB) net.Listener {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	return l
}

// Accept calls serve with each connection, until l is closed. It returns at once.
func Accept(l net.Listener, serve func(conn net.Conn)) {
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
		}
	}()
}

// Copy passes on what one side of a connection sends, until it ends.
func Copy(to, from net.Conn) { _, _ = io.Copy(to, from) }

// Forward passes connections to l on to addr: commands and replies copy what the client and the server send. It returns at
// once.
func Forward(l net.Listener, addr string, commands, replies func(to, from net.Conn)) {
	Accept(l, func(in net.Conn) {
		out, err := net.Dial("tcp", addr)
		if err != nil {
			_ = in.Close()
			return
		}
		go func() { commands(out, in); _ = out.Close() }()
		go func() { replies(in, out); _ = in.Close() }()
	})
}
