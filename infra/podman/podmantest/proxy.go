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
	next := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "d" },
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", s.Socket)
		}},
		FlushInterval: -1,
	}
	path := filepath.Join(s.tb.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	server := &http.Server{Handler: change(next)}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	s.tb.Cleanup(func() { _ = server.Close(); <-done })
	return "unix://" + path
}
