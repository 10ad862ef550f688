// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// recovered logs a panic of the handler and answers it with an empty 500; the handler set answers its own panics with
// more. What was already begun to be answered is cut off, so that no client takes it for whole.
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
	a, counted := w.(*answer)
	if counted && a.status != 0 {
		panic(http.ErrAbortHandler)
	}
	clear(w.Header())
	w.Header().Set("X-Request-Id", id)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusInternalServerError)
	_ = http.NewResponseController(w).Flush()
	if !counted {
		// Whether an answer had begun cannot be seen here. If not, the 500 is whole and sent by now.
		panic(http.ErrAbortHandler)
	}
}
