// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package requests_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestRestartBreaksNoCall has clients with pools of connections at work while one server takes over from another, as behind a
// load balancer that sends new connections to the second. No client repeats a request, and none fails.
func TestRestartBreaksNoCall(t *testing.T) {
	t.Parallel()
	first := e2e.Serve(t, t.TempDir(), "--drain-delay", "3s")
	next := e2e.Serve(t, t.TempDir())
	var to atomic.Pointer[e2e.Server]
	to.Store(first)
	var clients sync.WaitGroup
	var asked, moved atomic.Int64
	done := make(chan struct{})
	for range 16 {
		clients.Go(func() {
			for {
				at := to.Load()
				c, err := net.Dial("tcp", at.Address())
				if err != nil {
					t.Errorf("a new connection: %v", err)
					return
				}
				if at == next {
					moved.Add(1)
				}
				ended, err := asksUntilClosed(c, &asked, done)
				_ = c.Close()
				if err != nil {
					t.Errorf("a request fails: %v", err)
				}
				if ended || err != nil {
					return
				}
			}
		})
	}
	await := func(n *atomic.Int64, least int64) {
		e2e.Eventually(t, "requests", func() string {
			if got := n.Load(); got < least {
				return fmt.Sprintf("%d of %d", got, least)
			}
			return ""
		})
	}
	await(&asked, 1000)
	to.Store(next)
	first.Signal(syscall.SIGTERM)
	first.AwaitExit()
	await(&moved, 16)
	await(&asked, asked.Load()+1000)
	close(done)
	clients.Wait()
}

// asksUntilClosed makes requests on a connection until a response closes it, or done is closed.
func asksUntilClosed(c net.Conn, asked *atomic.Int64, done <-chan struct{}) (ended bool, err error) {
	in := bufio.NewReader(c)
	for {
		select {
		case <-done:
			return true, nil
		default:
		}
		if _, err := io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return false, err
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return false, err
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return false, err
		}
		asked.Add(1)
		if res.Close {
			return false, nil
		}
	}
}
