// SPDX-License-Identifier: Apache-2.0

package server

import (
	"net/http"
	"time"
)

// response is the ResponseWriter of requests that are logged, and of HTTP/2 streams, whose write deadline it owns. An
// HTTP/1 response goes out through conn, which owns that of the connection.
type response struct {
	http.ResponseWriter
	deadline *writeDeadline // of the HTTP/2 stream, nil for HTTP/1
	status   int            // 0 until the response has begun
	bytes    int64
}

func newResponse(w http.ResponseWriter, r *http.Request, least rate) *response {
	out := &response{ResponseWriter: w}
	if r.ProtoMajor > 1 {
		out.deadline = &writeDeadline{
			piece: streamPiece, share: &connOf(r.Context()).writing, pace: pace{rate: least, credit: least.grace},
			deadline: deadline{set: http.NewResponseController(w).SetWriteDeadline},
		}
	}
	return out
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// SetWriteDeadline is for http.ResponseController.
func (w *response) SetWriteDeadline(t time.Time) error {
	if w.deadline == nil {
		return http.NewResponseController(w.ResponseWriter).SetWriteDeadline(t)
	}
	return w.deadline.setLimit(t)
}

// WriteHeader begins the response; a status below 200 only announces it.
func (w *response) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write writes in pieces, each of which has to move at the smallest rate.
func (w *response) Write(b []byte) (n int, err error) {
	w.status = w.code()
	if w.deadline == nil {
		n, err = w.ResponseWriter.Write(b)
	} else {
		n, err = w.deadline.write(b, w.ResponseWriter.Write)
		_ = w.deadline.end()
	}
	w.bytes += int64(n)
	return n, err
}

// FlushError sends what is buffered.
func (w *response) FlushError() error {
	w.status = w.code()
	if w.deadline != nil {
		_ = w.deadline.begin(time.Now(), streamPiece)
		defer w.deadline.end()
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Flush is FlushError for callers that look for an http.Flusher.
func (w *response) Flush() { _ = w.FlushError() }

// finish bounds what net/http has still to send.
func (w *response) finish() {
	if w.deadline != nil {
		_ = w.deadline.begin(time.Now(), streamPiece)
	}
}

// code returns the status that the client has, or will have: 200 unless the handler says otherwise.
func (w *response) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
