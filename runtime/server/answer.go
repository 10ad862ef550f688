// SPDX-License-Identifier: Apache-2.0

package server

import (
	"net/http"
	"time"
)

// answer is the ResponseWriter of requests that are logged, and of HTTP/2 streams. It counts, and gives
// each piece that is written a deadline of its own, which ends with the write: a stream may then rest.
type answer struct {
	http.ResponseWriter
	deadlines *http.ResponseController
	stall     time.Duration
	status    int // 0 until the answer has begun
	bytes     int64
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader begins the answer; a status below 200 only announces it.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write writes in pieces, each with time of its own.
func (a *answer) Write(b []byte) (int, error) {
	a.status = a.code()
	defer a.rest()
	for n := 0; ; {
		a.extend()
		m, err := a.ResponseWriter.Write(b[n:min(n+piece, len(b))])
		n, a.bytes = n+m, a.bytes+int64(m)
		if err != nil || n == len(b) {
			return n, err
		}
	}
}

// FlushError sends what is buffered.
func (a *answer) FlushError() error {
	a.status = a.code()
	a.extend()
	defer a.rest()
	return a.deadlines.Flush()
}

// Flush is FlushError for those who look for an http.Flusher.
func (a *answer) Flush() { _ = a.FlushError() }

// extend and rest ignore errors: a connection that takes no deadline any more fails the next write.
func (a *answer) extend() { _ = a.deadlines.SetWriteDeadline(time.Now().Add(a.stall)) }
func (a *answer) rest()   { _ = a.deadlines.SetWriteDeadline(time.Time{}) }

// code is the status as the client has it, or will: 200 unless the handler says otherwise.
func (a *answer) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}
