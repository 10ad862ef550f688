// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tempskv/tempskv/runtime/server"
)

// A request with two lengths is answered by the one that RFC 9112 prefers, and what follows it on the connection is not
// read: a proxy that went by the other one would take it for part of the first.
func TestNothingIsReadBehindARequestWithTwoLengths(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	s := listen(t, server.Config{Addr: "127.0.0.1:0"}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	const both = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 41\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	if _, err := io.WriteString(conn, both+"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(conn)
	if err != nil && !strings.Contains(err.Error(), "reset by peer") {
		t.Errorf("the connection is not closed: %v", err)
	}
	if n := requests.Load(); n != 1 || !strings.Contains(string(text), "Connection: close\r\n") {
		t.Errorf("%d requests were read; answered %q", n, text)
	}
}
