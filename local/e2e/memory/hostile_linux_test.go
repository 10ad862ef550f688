// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package memory_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// most is what the data of the server may take, in bytes: beyond it, the kernel gives the process no more, and Go ends it.
const most = 1 << 30

// largest is the size of the value that hostile clients read.
const largest = 10 << 20

// victim is a server with a hostile project and its neighbour.
type victim struct {
	*e2e.Server
	hostile   string // the token of a project with the value large
	neighbour e2e.Caller
}

func newVictim(t *testing.T, settings e2e.Object) victim {
	t.Helper()
	s := e2e.ServeWithin(t, most, t.TempDir())
	s.Enable(settings)
	_, hostile := s.CreateProject("hostile")
	_, neighbour := s.CreateProject("neighbour")
	s.As(hostile).Expect(t, "set", fmt.Sprintf(`{"key":"large","value":"%s"}`, strings.Repeat("v", largest-2)), `{"result":"OK"}`)
	s.Terminate()
	s = e2e.ServeWithin(t, most, s.Dir) // which does not know yet how large that value is
	return victim{s, hostile, s.As(neighbour)}
}

// crowd has n hostile clients come at the same time. Each returns once it has done its worst, and leaves its connection open. The
// neighbour calls all the time, and once more when all have come: none of its calls may fail.
func (v victim) crowd(n int, client func(c net.Conn)) {
	v.T.Helper()
	var came atomic.Int64
	for range n {
		go func() {
			defer came.Add(1)
			c, err := net.Dial("tcp", v.Address())
			if err != nil {
				return // refused, as is right for too many
			}
			v.T.Cleanup(func() { c.Close() })
			_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
			client(c)
		}()
	}
	calls := 0
	for ; came.Load() < int64(n); calls++ {
		v.call(calls)
	}
	for range 50 {
		v.call(calls)
		calls++
	}
	now, peak := v.Memory()
	v.T.Logf("%d rounds of calls; resident are %d MiB, %d MiB at most", calls, now>>20, peak>>20)
}

// call makes calls with small and large values.
func (v victim) call(i int) {
	v.T.Helper()
	v.neighbour.Expect(v.T, "set", e2e.Object{"key": "k", "value": i}, `{"result":"OK"}`)
	v.neighbour.Expect(v.T, "get", e2e.Object{"key": "k"}, fmt.Sprintf(`{"value":%d}`, i))
	if i%10 == 0 {
		text := strings.Repeat("v", 2<<20)
		v.neighbour.Expect(v.T, "set", e2e.Object{"key": "text", "value": text}, `{"result":"OK"}`)
		v.neighbour.Expect(v.T, "get", e2e.Object{"key": "text"}, `{"value":"`+text+`"}`)
	}
	v.ExpectRunning()
}

// request returns the beginning of a request with a body of length bytes.
func (v victim) request(path string, length int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", path, v.hostile, length)
}

func TestUnfinishedBodies(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte(" "), 1<<20-1)
	for _, path := range []string{"/api/session", "/api/kv/set"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
				v := newVictim(t, settings)
				v.crowd(1200, func(c net.Conn) {
					fmt.Fprint(c, v.request(path, len(body)+1))
					_, _ = c.Write(body) // most are refused
				})
			})
		})
	}
}

func TestUnreadResponses(t *testing.T) {
	t.Parallel()
	e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
		v := newVictim(t, settings)
		v.crowd(200, func(c net.Conn) {
			const body = `{"key":"large"}`
			fmt.Fprint(c, v.request("/api/kv/get", len(body))+body)
			_, _ = io.ReadFull(c, make([]byte, 1))
		})
	})
}
