// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/runtime/config"
)

// scrape opens a connection to the address of metrics and sends text.
func scrape(t *testing.T, s *scrapes, text string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_, _ = io.WriteString(c, text) // fails where the server has closed it
	return c
}

// status reads a response, and returns its status; 0 if the connection is closed instead.
func status(t *testing.T, from *bufio.Reader) int {
	t.Helper()
	res, err := http.ReadResponse(from, nil)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, os.ErrDeadlineExceeded):
		return 0
	case err != nil:
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

// What nobody has to identify for has bounds too: connections, headers and the time for them.
func TestScrapesAreBounded(t *testing.T) {
	t.Parallel()
	s, err := listenForScrapes(t.Context(), config.Config{MetricsAddr: "127.0.0.1:0", IdleTimeout: time.Millisecond}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	stop := s.serve(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") }))
	defer stop()
	const whole, begun = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "GET /metrics HTTP/1.1\r\nHost: a\r\nX-"
	ask := func(text string) int { return status(t, bufio.NewReader(scrape(t, s, text))) }
	for text, want := range map[string]int{
		whole: 200, strings.Replace(whole, "GET", "POST", 1): 405, strings.Replace(whole, "metrics", "api/projects", 1): 404,
		"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 256<<10) + "\r\n\r\n": 431,
	} {
		if got := ask(text); got != want {
			t.Errorf("%.40q: answered %d, want %d", text, got, want)
		}
	}
	idle := bufio.NewReader(scrape(t, s, whole))
	if first, then := status(t, idle), status(t, idle); first != 200 || then != 0 {
		t.Errorf("an idle connection is answered %d and %d", first, then)
	}
	var slow []net.Conn
	for len(slow) < scrapeConnections { // three quarters of which may be from this address
		slow = append(slow, scrape(t, s, begun))
	}
	if got := ask(whole); got != 0 {
		t.Errorf("with %d connections open, another one is answered %d", len(slow), got)
	}
	if got := s.Connections(); got.Max != scrapeConnections || got.Open > got.Max-got.Max/4 || got.Refused == 0 {
		t.Errorf("got %+v", got)
	}
	for _, c := range slow { // which the server closes, those of them that it took when the time for headers is over
		_, _ = io.Copy(io.Discard, c)
	}
	for range 1000 { // until they are counted out
		if ask(whole) == 200 {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Error("the address is blocked for good")
}
