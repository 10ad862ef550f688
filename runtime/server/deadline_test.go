// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"io"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/runtime/server"
)

// TestDeadlineOfHandler has a handler set a deadline once, while it writes to a client that reads slowly: it holds for the
// pieces that follow too.
func TestDeadlineOfHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const limit = 10 * time.Second
		begin := time.Now()
		failed := make(chan error, 1)
		p, stop := start(t, server.Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.AfterFunc(time.Second, func() {
				if err := http.NewResponseController(w).SetWriteDeadline(begin.Add(limit)); err != nil {
					t.Error(err)
				}
			})
			_, err := w.Write(make([]byte, 64<<20))
			failed <- err
		}))
		c := connect(t, p, plainRequest)
		defer c.Close()
		go func() {
			for {
				time.Sleep(100 * time.Millisecond)
				if _, err := io.CopyN(io.Discard, c, 64<<10); err != nil {
					return
				}
			}
		}()
		if err := <-failed; !os.IsTimeout(err) {
			t.Errorf("the write ended in %v", err)
		}
		if got := time.Since(begin); got != limit {
			t.Errorf("after %s, want %s", got, limit)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestDeadlineOfStream does the same on an HTTP/2 stream.
func TestDeadlineOfStream(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	ended := make(chan error, 1)
	s, client := secure(t, server.Config{Grace: time.Hour}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		go func() {
			<-begun
			if err := http.NewResponseController(w).SetWriteDeadline(time.Now()); err != nil {
				t.Error(err)
			}
		}()
		_, err := w.Write(make([]byte, 64<<20))
		ended <- err
	}))
	res, err := client.Post(s.URL(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	close(begun)
	if err := <-ended; err == nil {
		t.Error("all of it was written, and nothing read")
	}
}
