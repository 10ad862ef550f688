// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// recovered logs a panic of the handler and responds with an empty 500; the handler set responds to its own panics with
// more. A response that has begun is cut off, so that no client takes it for complete.
func (s *Server) recovered(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	switch cause {
	case nil:
		return
	case http.ErrAbortHandler:
		panic(cause)
	}
	id := w.Header().Get("X-Request-Id")
	s.log.LogAttrs(r.Context(), slog.LevelError, "panic in a request",
		slog.String("method", r.Method),
		slog.String("route", r.Pattern),
		slog.String("request_id", id),
		slog.String("panic", fmt.Sprint(cause)),
		slog.String("stack", string(debug.Stack())))
	out, counted := w.(*response)
	if counted && out.status != 0 {
		panic(http.ErrAbortHandler)
	}
	clear(w.Header())
	w.Header().Set("X-Request-Id", id)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusInternalServerError)
	_ = http.NewResponseController(w).Flush()
	if !counted {
		// It is not known here whether a response had begun. If not, the 500 is complete and sent by now.
		panic(http.ErrAbortHandler)
	}
}
