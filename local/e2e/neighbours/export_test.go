// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package neighbours_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/local/e2e"
)

// unread begins an export that is not read, and returns what its response begins with.
func unread(t *testing.T, s *e2e.Server, token string) string {
	t.Helper()
	c, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
	_, err = fmt.Fprintf(c, "POST /api/kv/export HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}", token)
	if err != nil {
		t.Fatal(err)
	}
	var status [12]byte
	if _, err := io.ReadFull(c, status[:]); err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(string(status[:]), "HTTP/1.1 ")
}

// TestUnreadExports has two projects begin exports that they do not read, as many as there may be, and write. Another
// project calls on, and gets its own export; the log of the embedded store gets short again.
func TestUnreadExports(t *testing.T) {
	t.Parallel()
	e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
		s := e2e.Serve(t, t.TempDir())
		s.Enable(settings)
		_, other := s.CreateProject("neighbour")
		large := strings.Repeat("x", 1<<20)
		var hostile []string
		for i := range 2 {
			_, token := s.CreateProject(fmt.Sprint("hostile ", i))
			hostile = append(hostile, token)
			for n := range 32 { // more than the buffers of a connection hold
				s.As(token).Expect(t, "set", e2e.Object{"key": fmt.Sprint("large", n), "value": large}, `{"result":"OK"}`)
			}
		}
		endures(t, s.As(other), func(stop <-chan struct{}) {
			for range 3 {
				for _, token := range hostile {
					if status := unread(t, s, token); status != "200" && status != "503" {
						t.Error("an export: ", status)
					}
				}
			}
			tick := time.NewTicker(50 * time.Millisecond) // as fast as it goes, these writes would be the load, and not the exports
			defer tick.Stop()
			for n := 0; ; n++ {
				<-tick.C
				s.As(hostile[n%2]).Expect(t, "set", e2e.Object{"key": "large0", "value": large}, `{"result":"OK"}`)
				select {
				case <-stop:
					if n >= 100 {
						return
					}
				default:
				}
			}
		})
		e2e.Eventually(t, "an export of the neighbour", func() string {
			r := s.As(other).KV(t, "export", e2e.Object{})
			if r.Status != http.StatusOK || !strings.Contains(string(r.Body), `{"end":{"keys":2}}`) {
				return r.String()
			}
			return ""
		})
		if settings["engine"] != "embedded" {
			return
		}
		e2e.Eventually(t, "the log to get short", func() string {
			s.As(other).Expect(t, "set", e2e.Object{"key": "k0", "value": 1}, `{"result":"OK"}`)
			fi, err := os.Stat(s.Path("data.db-wal"))
			if err != nil || fi.Size() > 64<<20 {
				return fmt.Sprint(fi, err)
			}
			return ""
		})
	})
}
