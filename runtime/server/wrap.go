// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// wrap puts around h what every request needs: see request.
func (s *Server) wrap(ctx context.Context, h http.Handler) http.Handler {
	debug := s.log.Enabled(ctx, slog.LevelDebug)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// HTTP/1 answers go out through conn, which keeps the deadlines; an HTTP/2 stream has its own.
		if r.ProtoMajor == 1 && !debug {
			s.request(w, r, h)
			return
		}
		a := &answer{ResponseWriter: w, deadlines: http.NewResponseController(w), stall: s.stall}
		start := time.Now()
		if debug {
			defer s.access(a, r, start)
		}
		s.request(a, r, h)
		a.extend() // for what net/http still holds
	})
}

// request answers one request, a panic too, and sees that a body which nobody reads holds nothing for long: net/http
// skips it before it answers, with no limit of time.
func (s *Server) request(w http.ResponseWriter, r *http.Request, h http.Handler) {
	defer s.recovered(w, r)
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// It may have had a Content-Length too, which net/http has taken away, and which a proxy may have gone by: what
		// comes next on this connection is not to be trusted. See RFC 9112, section 6.1.
		w.Header().Set("Connection", "close")
	}
	unread := r.ContentLength != 0 && r.ProtoMajor == 1
	if unread && (r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodDelete) {
		linger(w)
	}
	h.ServeHTTP(w, r)
	if unread {
		linger(w)
	}
}

// linger ignores errors: a connection that takes no deadline any more fails the next read.
func linger(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyLinger))
}

// access logs a request by its route: the path, the query and the body hold whatever the caller put there, a token
// for instance. The mux sets r.Pattern, which stays empty where no route was looked for.
func (s *Server) access(a *answer, r *http.Request, start time.Time) {
	ip, _, _ := net.SplitHostPort(r.RemoteAddr)
	s.log.LogAttrs(r.Context(), slog.LevelDebug, "request",
		slog.String("method", r.Method),
		slog.String("route", r.Pattern),
		slog.Int("status", a.code()),
		slog.Int64("bytes", a.bytes),
		slog.Duration("duration", time.Since(start)),
		slog.String("request_id", a.Header().Get("X-Request-Id")),
		slog.String("ip", ip))
}
