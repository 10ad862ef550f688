// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/runtime/server"
)

// connect opens a raw connection and sends text.
func connect(t *testing.T, p *pipes, text string) net.Conn {
	t.Helper()
	c, err := p.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// lasts reads to the end of c and returns how long that took.
func lasts(t *testing.T, c net.Conn) time.Duration {
	t.Helper()
	begin := time.Now()
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Fatal(err)
	}
	return time.Since(begin)
}

func TestClientsThatSendSlowly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, sent string
		want       time.Duration
	}{
		{"header", "POST / HTTP/1.1\r\nHost: a\r\n", 5 * time.Second},
		{"nothing", "", 5 * time.Second},
		{"between requests", plainRequest, 620 * time.Second},
		{"body that the handler leaves", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", 5 * time.Second},
		{"body of a request that has none", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", 5 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, stop := start(t, server.Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, _ = w.Write(make([]byte, 1<<10))
				}))
				if got := lasts(t, connect(t, p, tt.sent)); got != tt.want {
					t.Errorf("the connection lasted %s, want %s", got, tt.want)
				}
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestLongAnswersAreNotCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, stop := start(t, server.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for i := range 10 {
				time.Sleep(time.Hour)
				if r.Context().Err() != nil {
					t.Error("the request was given up")
				}
				fmt.Fprintf(w, "%d\n", i)
				_ = http.NewResponseController(w).Flush()
			}
		}))
		res, err := p.client(t).Post("http://server/", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || len(body) != 20 {
			t.Errorf("got %q, %v", body, err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestSlowReaderMayTakeItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		want := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		p, stop := start(t, server.Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if _, err := w.Write(want); err != nil {
				t.Error(err)
			}
		}))
		res, err := p.client(t).Post("http://server/", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var got bytes.Buffer
		for err == nil {
			time.Sleep(3 * time.Second)
			_, err = io.CopyN(&got, res.Body, 60<<10)
		}
		if !errors.Is(err, io.EOF) || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("got %d bytes and %v, want %d", got.Len(), err, len(want))
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestStalledReaderIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		failed := make(chan error, 1)
		p, stop := start(t, server.Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, err := w.Write(make([]byte, 1<<20))
			failed <- err
		}))
		c := connect(t, p, plainRequest)
		defer c.Close()
		if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the write ended in %v", err)
		}
		if got := time.Since(begin); got < 10*time.Second || got > 14*time.Second { // the grace, and what a piece may take
			t.Errorf("after %s, want 10s to 14s", got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}
