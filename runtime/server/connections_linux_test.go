// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/runtime/server"
)

// crowd opens connections to one server from addresses of this machine.
type crowd struct {
	*testing.T
	*server.Server
	addr string
}

// from opens a connection from an address, and sends text.
func (c crowd) from(ip, text string) net.Conn {
	c.Helper()
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}).DialContext(c.Context(), "tcp", c.addr)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { conn.Close() })
	_, _ = io.WriteString(conn, text) // which fails where the server has closed it
	return conn
}

// served reports whether the next response on a connection is 200.
func served(c net.Conn) bool {
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && res.StatusCode == http.StatusOK
}

// expectServed fails the test unless a new connection from an address is served. The server sends a response before it takes
// the connection for idle, so others may have to be idle first.
func (c crowd) expectServed(ip string) {
	c.Helper()
	for range 1000 {
		if served(c.from(ip, whole)) {
			return
		}
		<-time.After(time.Millisecond)
	}
	c.Fatalf("%s is locked out", ip)
}

const (
	whole  = plainRequest
	begun  = "POST / HTTP/1.1\r\nHost: a\r\nX-"
	others = "127.0.0.2"
	crowds = "127.0.0.3"
)

// newCrowd serves at most eight connections: six from one address.
func newCrowd(t *testing.T, log *lines) crowd {
	t.Helper()
	s := listen(t, server.Config{Addr: "127.0.0.1:0", MaxConnections: 8, Log: log.logger(slog.LevelInfo)},
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	return crowd{t, s, strings.TrimPrefix(s.URL(), "http://")}
}

func TestConnectionsThatAreBusyAreBounded(t *testing.T) {
	t.Parallel()
	var log lines
	c := newCrowd(t, &log)
	for range 6 {
		c.from(crowds, begun)
	}
	if served(c.from(crowds, whole)) {
		t.Error("one address took more than its part")
	}
	if !strings.Contains(log.String(), `"last_from":"127.0.0.3"`) {
		t.Errorf("the log does not say so: %s", &log)
	}
	if got := c.Connections(); got != (server.Connections{Open: 6, Max: 8, Refused: 1}) {
		t.Errorf("got %+v", got)
	}
	first := c.from(others, whole)
	if !served(first) {
		t.Error("another address is not served")
	}
	c.from(others, begun)
	// Now eight are open, of which only that of the other address is idle: it goes.
	c.expectServed("127.0.0.4")
	if _, err := first.Read(make([]byte, 1)); err == nil {
		t.Error("the idle connection is kept")
	}
}

// Idle connections make room, so that nobody is locked out by them.
func TestConnectionsThatAreIdleMakeRoom(t *testing.T) {
	t.Parallel()
	var log lines
	c := newCrowd(t, &log)
	for range 100 {
		c.expectServed(crowds)
	}
	c.expectServed(others)
}
