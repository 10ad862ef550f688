// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/runtime/server"
)

// TestHandshakesThatEndEarly has clients leave in the middle of a handshake, or fail it. Others get theirs all the same.
func TestHandshakesThatEndEarly(t *testing.T) {
	t.Parallel()
	s, client := secure(t, server.Config{}, http.NotFoundHandler())
	address := strings.TrimPrefix(s.URL(), "https://")
	here, there := net.Pipe()
	go func() { _ = tls.Client(here, &tls.Config{InsecureSkipVerify: true}).Handshake() }()
	hello := make([]byte, 8<<10)
	n, err := there.Read(hello)
	if err != nil {
		t.Fatal(err)
	}
	_ = there.Close()
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			if i%3 == 0 {
				_, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11})
				if err == nil {
					t.Error("it speaks TLS 1.1")
				}
				return
			}
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			_, _ = c.Write(hello[:n])
			if i%3 == 1 {
				_, _ = c.Read(make([]byte, 1))
			}
		})
	}
	all.Wait()
	for range 10 {
		res, err := client.Get(s.URL())
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		client.CloseIdleConnections()
	}
}
