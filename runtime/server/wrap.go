// SPDX-License-Identifier: Apache-2.0

package server

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/runtime/server/fastpath"
)

// wrap returns h with what every request needs. It recovers a panic, and bounds the time that a body may take, also
// one that is not read: net/http skips it before it responds, without a limit.
func (s *Server) wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "PRI" {
			// HTTP/2 without TLS, which begins so, is not spoken. net/http leaves the answer to handlers.
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusHTTPVersionNotSupported)
			return
		}
		debug := s.log.Enabled(r.Context(), slog.LevelDebug) // it may change
		if r.ProtoMajor > 1 {
			defer noteAnswer(r)
		}
		if r.ProtoMajor != 1 || debug {
			out := newResponse(w, r, s.rate)
			if debug {
				defer s.logRequest(out, r, time.Now())
			}
			defer out.finish()
			w = out
		}
		defer s.recovered(w, r)
		if len(s.cfg.TrustedProxies) == 0 {
			delete(r.Header, forwardedProto) // see behindProxies
		}
		if s.draining.Load() {
			w.Header().Set("Connection", "close") // with HTTP/2, net/http makes it a GOAWAY
		}
		if r.ProtoMajor == 1 && (len(r.TransferEncoding) > 0 || r.ProtoMinor == 0) {
			// There may have been a Content-Length next to the Transfer-Encoding, which net/http removes and a proxy may have used, or a
			// Transfer-Encoding in HTTP/1.0, which net/http ignores: what comes next on this connection cannot be trusted. See RFC
			// 9112, section 6.1.
			w.Header().Set("Connection", "close")
		}
		if r.ContentLength == 0 || arrived(r.Body) {
			h.ServeHTTP(w, r)
			return
		}
		if r.ProtoMajor > 1 {
			r.Body = &streamBody{
				ReadCloser: r.Body, conn: connOf(r.Context()), stream: http.NewResponseController(w), pace: pace{rate: s.rate, credit: s.rate.grace},
			}
			h.ServeHTTP(w, r)
			return
		}
		sent := &body{ReadCloser: r.Body, conn: connOf(r.Context()), header: w.Header(), pace: pace{rate: s.rate, credit: s.rate.grace}}
		r.Body = sent
		if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodDelete {
			sent.limitRest()
		}
		h.ServeHTTP(w, r)
		sent.limitRest()
	})
}

// arrived reports whether a body has arrived with its request: nobody waits for it.
func arrived(b io.Reader) bool {
	early, ok := b.(*fastpath.Body)
	return ok && early.Arrived()
}

// noteAnswer lets an HTTP/2 connection send more frames for a request that was answered, and not canceled.
func noteAnswer(r *http.Request) {
	if r.Context().Err() == nil {
		connOf(r.Context()).frames.answered()
	}
}

// logRequest logs a request by its route: the path, the query and the body hold what the caller put there, such as a token.
// The mux sets r.Pattern, which is empty if no route was looked up.
func (s *Server) logRequest(out *response, r *http.Request, start time.Time) {
	ip, _, _ := net.SplitHostPort(r.RemoteAddr)
	s.log.LogAttrs(r.Context(), slog.LevelDebug, "request",
		slog.String("method", r.Method),
		slog.String("route", r.Pattern),
		slog.Int("status", out.code()),
		slog.Int64("bytes", out.bytes),
		slog.Duration("duration", time.Since(start)),
		slog.String("request_id", out.Header().Get("X-Request-Id")),
		slog.String("ip", ip))
}
