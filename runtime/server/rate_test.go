// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/runtime/server"
)

// every reads n bytes of c after each pause until it fails.
func every(c net.Conn, pause time.Duration, n int64) {
	for {
		time.Sleep(pause)
		if _, err := io.CopyN(io.Discard, c, n); err != nil {
			return
		}
	}
}

// TestSlowReaders have a response of 10 MiB. Those that read more slowly than the rate are given up soon.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	const size = 10 << 20
	for _, tt := range []struct {
		name  string
		pause time.Duration
		n     int64
		most  time.Duration // 0: it gets all of it
	}{
		{"64 KiB each 30 s", 30 * time.Second, 64 << 10, 15 * time.Second},
		{"64 KiB each 5 s", 5 * time.Second, 64 << 10, time.Minute},
		{"a byte each 100 ms", 100 * time.Millisecond, 1, 15 * time.Second},
		{"4 KiB each second", time.Second, 4 << 10, 20 * time.Second},
		{"15 KiB each second", time.Second, 15 << 10, 4 * time.Minute},
		{"20 KiB each second", time.Second, 20 << 10, 0},
		{"160 KiB each 9 s", 9 * time.Second, 160 << 10, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				ended := make(chan error, 1)
				p, stop := start(t, server.Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, err := w.Write(make([]byte, size))
					ended <- err
				}))
				c := connect(t, p, plainRequest)
				var reading sync.WaitGroup
				reading.Go(func() { every(c, tt.pause, tt.n) })
				err, took := <-ended, time.Since(begin)
				if tt.most == 0 && err != nil {
					t.Errorf("cut off after %s: %v", took, err)
				}
				if tt.most > 0 && (!errors.Is(err, os.ErrDeadlineExceeded) || took > tt.most) {
					t.Errorf("ended in %v after %s, want at most %s", err, took, tt.most)
				}
				c.Close()
				reading.Wait()
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestSmallChunks have a client send a body in chunks. It is refused only if they hold next to nothing.
func TestSmallChunks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		chunk string
		n     int
		want  int
	}{
		{"a", 10_000, http.StatusOK},
		{"a", 100_000, http.StatusBadRequest},
		{"twelve bytes", 100_000, http.StatusOK},
	} {
		t.Run(fmt.Sprint(tt.n, " of ", tt.chunk), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, stop := start(t, server.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if n, err := io.Copy(io.Discard, r.Body); err != nil || n != int64(tt.n*len(tt.chunk)) {
						w.WriteHeader(http.StatusBadRequest)
					}
				}))
				c := connect(t, p, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
				go func() { // which fails where the server has heard enough
					_, _ = io.WriteString(c, strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", len(tt.chunk), tt.chunk), tt.n)+"0\r\n\r\n")
				}()
				res, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					t.Fatal(err)
				}
				if res.StatusCode != tt.want {
					t.Errorf("answered %d, want %d", res.StatusCode, tt.want)
				}
				c.Close()
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestSmallPieces has a body come in many small pieces. It is read less often than they come, and whole.
func TestSmallPieces(t *testing.T) {
	t.Parallel()
	const pieces, size = 2000, 100
	reads := 0
	var got int64
	s := listen(t, server.Config{Addr: "127.0.0.1:0"}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b := make([]byte, 32<<10)
		for {
			n, err := r.Body.Read(b)
			got += int64(n)
			reads++
			if err != nil {
				return
			}
		}
	}))
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", pieces*size)
	for range pieces {
		if _, err := c.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
		t.Fatal(err)
	}
	if got != pieces*size || reads > pieces/2 {
		t.Errorf("got %d bytes in %d reads", got, reads)
	}
}

// TestSlowBodies is the same for what clients send.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		pause time.Duration
		n     int
		size  int
		most  time.Duration // 0: all of it is read
	}{
		{"nothing", 20 * time.Second, 1, 1 << 20, 10 * time.Second},
		{"a byte each 100 ms", 100 * time.Millisecond, 1, 1 << 20, 12 * time.Second},
		{"8 KiB each second", time.Second, 8 << 10, 4 << 20, 22 * time.Second},
		{"20 KiB each second", time.Second, 20 << 10, 1 << 20, 0},
		{"one small body, late", 9 * time.Second, 100, 100, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				ended := make(chan error, 1)
				p, stop := start(t, server.Config{}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					_, err := io.Copy(io.Discard, r.Body)
					_ = r.Body.Close()
					ended <- err
				}))
				c := connect(t, p, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"+strconv.FormatInt(int64(tt.size), 16)+"\r\n")
				var sending sync.WaitGroup
				sending.Go(func() {
					for sent := 0; sent < tt.size; sent += tt.n {
						time.Sleep(tt.pause)
						if _, err := c.Write(make([]byte, min(tt.n, tt.size-sent))); err != nil {
							return
						}
					}
					_, _ = io.WriteString(c, "\r\n0\r\n\r\n")
				})
				go io.Copy(io.Discard, c)
				err, took := <-ended, time.Since(begin)
				if tt.most == 0 && err != nil {
					t.Errorf("cut off after %s: %v", took, err)
				}
				if tt.most > 0 && (!errors.Is(err, os.ErrDeadlineExceeded) || took > tt.most) {
					t.Errorf("ended in %v after %s, want at most %s", err, took, tt.most)
				}
				if tt.most > 0 {
					synctest.Wait()
					if _, err := c.Write([]byte{0}); err == nil {
						t.Error("the connection is kept")
					}
				}
				c.Close()
				sending.Wait()
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestWhatIsNotTheClientsFault has handlers take their time before, while and after they read a body, and between what they
// write: no time of it counts, and the request is not taken for one whose client has left.
func TestWhatIsNotTheClientsFault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, stop := start(t, server.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for range 4 {
				time.Sleep(time.Minute)
				if _, err := io.CopyN(io.Discard, r.Body, 100<<10); err != nil {
					t.Error(err)
				}
			}
			if n, err := io.Copy(io.Discard, r.Body); n != 0 || err != nil {
				t.Error(n, err)
			}
			for range 10 {
				time.Sleep(time.Minute)
				if err := r.Context().Err(); err != nil {
					t.Error(err)
				}
				_, _ = io.WriteString(w, "data: {}\n\n")
				_ = http.NewResponseController(w).Flush()
			}
		}))
		client := p.client(t)
		for range 3 {
			res, err := client.Post("http://server/", "text/plain", strings.NewReader(strings.Repeat("a", 400<<10)))
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(res.Body); err != nil || len(text) != 100 {
				t.Errorf("got %q, %v", text, err)
			}
			res.Body.Close()
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// growing calls f with that grace, and as long as it returns an error with four times as much: a client of a busy machine may
// be as slow as one that is to be given up.
func growing(t *testing.T, grace time.Duration, f func(grace time.Duration) error) {
	t.Helper()
	for ; ; grace *= 4 {
		err := f(grace)
		if err == nil {
			return
		}
		t.Logf("with a grace of %v: %v", grace, err)
		if grace > 20*time.Second {
			t.Fatal(err)
		}
	}
}

// TestSlowStreams is the same for bodies of HTTP/2: a stream that sends nothing is given up, and the others of its connection
// go on. What the handler takes does not count.
func TestSlowStreams(t *testing.T) {
	t.Parallel()
	growing(t, 200*time.Millisecond, func(grace time.Duration) error {
		ended, answered := make(chan error, 1), make(chan error, 1)
		s, client := secure(t, server.Config{Grace: grace}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/handler" {
				_, err := io.CopyN(io.Discard, r.Body, 1)
				<-time.After(2 * grace)
				rest, err2 := io.ReadAll(r.Body)
				if err != nil || err2 != nil || len(rest) != 9 {
					w.WriteHeader(http.StatusBadRequest)
				}
				return
			}
			_, err := io.Copy(io.Discard, r.Body)
			ended <- err
		}))
		never, in := io.Pipe()
		defer in.Close()
		go func() {
			res, err := client.Post(s.URL(), "text/plain", never)
			if err == nil {
				res.Body.Close()
			}
			answered <- err
		}()
		if _, err := io.WriteString(in, "begun"); err != nil {
			return err
		}
		res, err := client.Post(s.URL()+"/handler", "text/plain", strings.NewReader("0123456789"))
		if err != nil {
			return err
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 {
			return fmt.Errorf("a slow handler: %s %s", res.Proto, res.Status)
		}
		err = <-answered
		select {
		case err := <-ended:
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				return fmt.Errorf("the body that does not come ends in %w", err)
			}
			return nil
		default:
			return fmt.Errorf("the request whose body does not come had no handler: %w", err)
		}
	})
}

// TestWhatIsNotTakenIsDropped has a real client stop reading: it finds its connection reset, and not megabytes that the kernel
// kept for it.
func TestWhatIsNotTakenIsDropped(t *testing.T) {
	t.Parallel()
	growing(t, 100*time.Millisecond, func(grace time.Duration) error {
		ended := make(chan error, 1)
		s := listen(t, server.Config{Addr: "127.0.0.1:0", Grace: grace, MinRate: 1 << 20},
			http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, err := w.Write(make([]byte, 64<<20))
				ended <- err
			}))
		c, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, plainRequest); err != nil {
			return err
		}
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("the write ended in %w", err)
		}
		if _, err := io.Copy(io.Discard, c); !errors.Is(err, syscall.ECONNRESET) {
			return fmt.Errorf("the client reads to %w, want a reset", err)
		}
		return nil
	})
}
