// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tempskv/tempskv/runtime/server"
)

// successor is a handler that tells where to go once it drains.
type successor struct {
	http.Handler
	drained func()
}

func (s successor) Drain() { s.drained() }

// ask makes a request on a connection, as a client with a pool does: it does not repeat it. It reports whether the connection
// may be used again.
func ask(c net.Conn, in *bufio.Reader) (again bool, err error) {
	if _, err := io.WriteString(c, plainRequest); err != nil {
		return false, err
	}
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		return false, err
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return false, err
	}
	if res.StatusCode != http.StatusOK {
		return false, errors.New(res.Status)
	}
	return !res.Close, nil
}

// TestRestart has clients with connections of their own at work while one server takes over from another. Whether or not it may
// take its time, no request fails.
func TestRestart(t *testing.T) {
	t.Parallel()
	for name, delay := range map[string]time.Duration{"with a delay": time.Second, "without": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					time.Sleep(3 * time.Millisecond)
					_, _ = io.WriteString(w, "ok")
				})
				var to atomic.Pointer[pipes]
				next, stopNext := start(t, server.Config{}, ok)
				first, stop := start(t, server.Config{DrainDelay: delay}, successor{ok, func() { to.Store(next) }})
				to.Store(first)
				var clients sync.WaitGroup
				var asked atomic.Int64
				done := make(chan struct{})
				for i := range 20 {
					clients.Go(func() {
						for {
							c, err := to.Load().dial(t.Context(), "", "")
							if err != nil {
								t.Error(err)
								return
							}
							in := bufio.NewReader(c)
							for again := true; again; asked.Add(1) {
								select {
								case <-done:
									c.Close()
									return
								case <-time.After(time.Duration(i) * time.Millisecond):
								}
								if again, err = ask(c, in); err != nil {
									t.Errorf("a request fails: %v", err)
									return
								}
							}
							c.Close()
						}
					})
				}
				time.Sleep(time.Second)
				if err := stop(); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Second)
				close(done)
				clients.Wait()
				if n := asked.Load(); n < 1000 {
					t.Errorf("only %d requests", n)
				}
				if err := stopNext(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestNobodyWaitsForNobody ends a server at once that has no connection.
func TestNobodyWaitsForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, stop := start(t, server.Config{}, http.NotFoundHandler())
		began := time.Now()
		if err := stop(); err != nil || time.Since(began) > 0 {
			t.Errorf("it ended after %s, %v", time.Since(began), err)
		}
	})
}

// TestGoAway has a client with HTTP/2 be told to leave.
func TestGoAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		drained := make(chan struct{})
		cert, key := writeCertificate(t)
		p, stop := start(t, server.Config{CertFile: cert, KeyFile: key, DrainDelay: time.Hour},
			successor{http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), func() { close(drained) }})
		c, err := p.dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		f := speak(t, c)
		ended := make(chan error, 1)
		go func() { ended <- stop() }()
		<-drained
		began := time.Now()
		synctest.Wait()
		request(t, f, 1)
		seen := map[http2.FrameType]bool{}
		for !seen[http2.FrameGoAway] || !seen[http2.FrameHeaders] {
			frame, err := f.ReadFrame()
			if err != nil {
				t.Fatalf("got %v, and then %v", seen, err)
			}
			seen[frame.Header().Type] = true
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("it was told to leave after %s", took)
		}
		c.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// request sends a request on a stream.
func request(t *testing.T, f *http2.Framer, stream uint32) {
	t.Helper()
	begin(t, f, http2.HeadersFrameParam{StreamID: stream, EndStream: true, EndHeaders: true})
}

// begin sends the headers of a request in the frame p.
func begin(t *testing.T, f *http2.Framer, p http2.HeadersFrameParam) {
	t.Helper()
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: "a"}, {Name: ":path", Value: "/"},
	} {
		if err := enc.WriteField(field); err != nil {
			t.Fatal(err)
		}
	}
	p.BlockFragment = block.Bytes()
	if err := f.WriteHeaders(p); err != nil {
		t.Fatal(err)
	}
}
