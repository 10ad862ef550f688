// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/runtime/server"
)

// TestRequestsEndWithTheirClients leaves while a request runs.
func TestRequestsEndWithTheirClients(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{
		"no body":                plainRequest,
		"a body":                 strings.Replace(plainRequest, "0\r\n\r\n", "5\r\n\r\nhello", 1),
		"a body that comes late": strings.Replace(plainRequest, "0\r\n\r\n", "5\r\n\r\nhel", 1) + "|lo",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				left := make(chan struct{})
				p, stop := start(t, server.Config{}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					<-r.Context().Done()
					close(left)
					<-time.After(time.Second)
					panic(http.ErrAbortHandler)
				}))
				first, late, _ := strings.Cut(sent, "|")
				c := connect(t, p, first)
				time.Sleep(250 * time.Millisecond)
				if late != "" {
					_, _ = io.WriteString(c, late)
				}
				time.Sleep(time.Minute)
				select {
				case <-left:
					t.Error("the request ended before")
				default:
				}
				c.Close()
				<-left
				_ = stop()
			})
		})
	}
}

// TestBoundsOfRequests lets a handler bound the requests of one connection, which the context of net/http does not offer, and
// looks at contexts that descend from theirs.
func TestBoundsOfRequests(t *testing.T) {
	t.Parallel()
	if fastPaths == nil {
		return // done in the second of the two runs
	}
	type ends struct{ own, child, stopped error }
	for bound, want := range map[time.Duration]ends{
		20 * time.Millisecond: {context.DeadlineExceeded, context.DeadlineExceeded, context.Canceled},
		3 * time.Second:       {context.DeadlineExceeded, context.DeadlineExceeded, context.Canceled},
		time.Hour:             {context.Canceled, context.Canceled, context.Canceled}, // the handler returns before
	} {
		t.Run(bound.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan ends)
				p, stop := start(t, server.Config{}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					ctx, begun := r.Context(), time.Now()
					ctx.(interface{ Bound(time.Duration) }).Bound(bound)
					if deadline, ok := ctx.Deadline(); !ok || !deadline.Equal(begun.Add(bound)) {
						t.Errorf("the deadline is %v, %v, want %v", deadline, ok, begun.Add(bound))
					}
					child, cancel := context.WithCancel(ctx)
					stopped, stop := context.WithCancel(ctx)
					stop()
					go func() {
						defer cancel()
						<-child.Done()
						if took := time.Since(begun); bound < time.Minute && (took < bound || took > bound+100*time.Millisecond) {
							t.Errorf("the request ended after %v, want %v, or up to 100 ms later", took, bound)
						}
						ended <- ends{ctx.Err(), child.Err(), stopped.Err()}
					}()
					select {
					case <-ctx.Done():
					case <-time.After(time.Minute):
					}
				}))
				c := connect(t, p, plainRequest)
				in := bufio.NewReader(c)
				for i := range 2 {
					if got := <-ended; got != want {
						t.Errorf("request %d ended in %v, want %v", i, got, want)
					}
					if res, err := http.ReadResponse(in, nil); err != nil || res.StatusCode != http.StatusOK {
						t.Errorf("response %d is %v, %v", i, res, err)
					}
					if i == 0 {
						go func() { _, _ = io.WriteString(c, plainRequest) }()
					}
				}
				c.Close()
				_ = stop()
			})
		})
	}
}

// TestNothingIsLostBetweenSlowRequests sends further requests while one takes long, byte by byte.
func TestNothingIsLostBetweenSlowRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, stop := start(t, server.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			_, _ = io.Copy(w, r.Body)
		}))
		const requests = 5
		c := connect(t, p, plainRequest)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for range requests - 1 {
				for _, b := range []byte(strings.Replace(plainRequest, "0\r\n\r\n", "5\r\n\r\nhello", 1)) {
					time.Sleep(5 * time.Millisecond)
					_, _ = c.Write([]byte{b})
				}
			}
		}()
		in := bufio.NewReader(c)
		for i := range requests {
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatalf("response %d: %v", i, err)
			}
			if body, err := io.ReadAll(res.Body); err != nil || i > 0 && string(body) != "hello" {
				t.Errorf("response %d is %q, %v", i, body, err)
			}
		}
		<-sent
		c.Close()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}
