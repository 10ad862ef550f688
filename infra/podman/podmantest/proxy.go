// SPDX-License-Identifier: Apache-2.0

package podmantest

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"path/filepath"
)

// Proxy starts a proxy of the service, for faults that the service itself cannot be made to have: change gets each
// request, and passes on to next what it does not change. It returns the URI, and ends with the test.
func (s *Service) Proxy(change func(next http.Handler) http.Handler) (uri string) {
	s.tb.Helper()
	path := filepath.Join(s.tb.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	s.proxy(listener, change)
	return "unix://" + path
}

// Remote starts a proxy of the service on a port of loopback, and returns its URI: nothing about it says that podman is on
// this machine. It ends with the test.
func (s *Service) Remote() (uri string) {
	s.tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	s.proxy(listener, func(next http.Handler) http.Handler { return next })
	return "tcp://" + listener.Addr().String()
}

// proxy passes on what comes from a listener, until the end of the test.
func (s *Service) proxy(listener net.Listener, change func(next http.Handler) http.Handler) {
	next := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "d" },
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", s.Socket)
		}},
		FlushInterval: -1,
	}
	server := &http.Server{Handler: change(next)}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	s.tb.Cleanup(func() { _ = server.Close(); <-done })
}
