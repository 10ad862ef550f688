// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// handHTTP2 has srv hand its HTTP/2 connections to a second server, which reads them through framed: net/http gives no other
// way to see the frames. The second one serves until srv is shut down or end is called.
func handHTTP2(addr net.Addr, srv, second *http.Server) (end func()) {
	l := newHandoff(addr)
	srv.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		"h2": func(_ *http.Server, c *tls.Conn, _ http.Handler) {
			plain(c).tls = new(c.ConnectionState())
			f := newFramed(c)
			if l.hand(f) {
				<-f.closed // net/http closes c after this
			}
		},
	}
	ctx, cancel := context.WithCancel(context.Background())
	srv.RegisterOnShutdown(func() { _ = second.Shutdown(ctx) }) // srv waits for its connections, which are the same
	second.Protocols = new(http.Protocols)
	second.Protocols.SetUnencryptedHTTP2(true) // srv has removed the TLS
	second.Handler = withTLS(second.Handler)
	var serving sync.WaitGroup
	serving.Go(func() { _ = second.Serve(l) }) // ends with l
	return func() {
		cancel()
		_ = second.Close()
		serving.Wait()
	}
}

// withTLS says of each request that it came over TLS.
func withTLS(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.TLS = connOf(r.Context()).tls
		h.ServeHTTP(w, r)
	})
}
