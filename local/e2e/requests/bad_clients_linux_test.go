// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package requests_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// rawConn is a connection whose client does what it likes.
type rawConn struct {
	net.Conn
	t *testing.T
}

func connect(s *e2e.Server, t *testing.T) rawConn {
	t.Helper()
	c, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(e2e.Patience))
	return rawConn{c, t}
}

// head returns the beginning of a set, up to the headers that say how long the body is.
func head(token string) string {
	return "POST /api/kv/set HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n"
}

// ends fails the test unless the server closes the connection, perhaps after an answer, before the patience is over.
func (w rawConn) ends() {
	w.t.Helper()
	if _, err := io.Copy(io.Discard, w); err != nil && !strings.Contains(err.Error(), "reset by peer") {
		w.t.Errorf("the connection is not closed: %v", err)
	}
}

// answered returns the status of the next answer, 0 if there is none.
func (w rawConn) answered() int {
	res, err := http.ReadResponse(bufio.NewReader(w), nil)
	if err != nil {
		return 0
	}
	return res.StatusCode
}

// TestBadClients has clients of many kinds misbehave at once, while a good one is served.
func TestBadClients(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	before := s.OpenFiles()
	f := workload.New(workload.Clients, token)
	f.Pause = 10 * e2e.Poll
	stop := f.Start(t, s.URL)
	t.Run("clients", func(t *testing.T) { // and wait for all
		for name, client := range badClients(token) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				client(connect(s, t))
			})
		}
		for name, count := range map[string]int{"slow headers": 100, "slow bodies": 50} {
			client := slowClients(token)[name]
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				var all sync.WaitGroup
				for range count {
					w := connect(s, t)
					all.Go(func() { client(w) })
				}
				all.Wait()
			})
		}
	})
	f.Await(t, 100)
	stop()
	e2e.CheckedClient.CloseIdleConnections()
	e2e.UncheckedClient.CloseIdleConnections()
	e2e.Eventually(t, "the connections to be gone", func() string {
		if n := s.OpenFiles(); n > before+workload.Clients {
			return fmt.Sprintf("%d files are open, and were %d", n, before)
		}
		return ""
	})
	f.ExpectConsistent(t, s.URL)
	s.Terminate()
}

// badClients are requests that are answered at once, by what they send.
func badClients(token string) map[string]func(w rawConn) {
	says := func(want int, text ...string) func(w rawConn) {
		return func(w rawConn) {
			go func() { // which fails where the server has heard enough
				for _, part := range text {
					if _, err := io.WriteString(w, part); err != nil {
						return
					}
				}
			}()
			if got := w.answered(); got != want {
				w.t.Errorf("answered %d, want %d", got, want)
			}
		}
	}
	chunked := head(token) + "Transfer-Encoding: chunked\r\n\r\n"
	chunk := "10000\r\n" + strings.Repeat("a", 1<<16) + "\r\n"
	long := strings.Repeat("x", 1<<20)
	const get = "GET /livez HTTP/1.1\r\nHost: x\r\n"
	return map[string]func(w rawConn){
		"huge length":       says(http.StatusRequestEntityTooLarge, head(token)+"Content-Length: 10000000000\r\n\r\n{"),
		"no number":         says(http.StatusBadRequest, head(token)+"Content-Length: 0x10\r\n\r\n{"),
		"negative length":   says(http.StatusBadRequest, head(token)+"Content-Length: -1\r\n\r\n{"),
		"two lengths":       says(http.StatusBadRequest, head(token)+"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
		"garbage in chunks": says(http.StatusBadRequest, chunked+"zz\r\nzzzz"),
		"endless chunks":    says(http.StatusRequestEntityTooLarge, chunked, strings.Repeat(chunk, 1<<8)),
		"garbage":           says(http.StatusBadRequest, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no TLS here\r\n\r\n"),
		"long header":       says(http.StatusRequestHeaderFieldsTooLarge, get+"X-Long: "+long+"\r\n\r\n"),
		"many headers":      says(http.StatusRequestHeaderFieldsTooLarge, get+strings.Repeat("X-Many: x\r\n", 10_000)+"\r\n"),
		"long path":         says(http.StatusRequestHeaderFieldsTooLarge, "GET /"+long+" HTTP/1.1\r\n\r\n"),
		"unknown coding":    says(http.StatusNotImplemented, head(token)+"Transfer-Encoding: gzip\r\n\r\n"),
		"no host":           says(http.StatusBadRequest, "GET /livez HTTP/1.1\r\n\r\n"),
		"no token":          says(http.StatusUnauthorized, head("")+"Content-Length: 10000000000\r\n\r\n"),
		"many at once":      func(w rawConn) { pipelined(w, get+"\r\n", 1000) },
		"leaves":            func(w rawConn) { fmt.Fprint(w, head(token)+"Content-Length: 1000\r\n\r\n{\"key\""); w.Close() },
	}
}

// pipelined sends requests without waiting for answers, all of which have to come.
func pipelined(w rawConn, request string, n int) {
	go io.WriteString(w, strings.Repeat(request, n))
	answers := bufio.NewReader(w)
	for i := range n {
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			w.t.Fatalf("answer %d of %d: %v", i, n, err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
	}
}

// slowClients send so slowly that the server ends it.
func slowClients(token string) map[string]func(w rawConn) {
	return map[string]func(w rawConn){
		"slow headers": func(w rawConn) {
			fmt.Fprint(w, "POST /api/kv/get HTTP/1.1\r\nHost: x\r\nX-")
			w.ends()
		},
		"slow bodies": func(w rawConn) {
			fmt.Fprint(w, head(token)+"Content-Length: 100000\r\n\r\n")
			go func() { // a byte at a time, until the connection is closed
				for _, err := w.Write([]byte(" ")); err == nil; _, err = w.Write([]byte(" ")) {
					<-time.After(100 * time.Millisecond)
				}
			}()
			w.ends()
		},
	}
}
