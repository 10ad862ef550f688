// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"net/http"
	"path"
	"runtime/debug"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/meter"
)

// ServeHTTP answers a request. A panic in an operation is answered 500 and logged.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	writer := &responseWriter{ResponseWriter: w, operation: a.others}
	writer.requestID[0] = requestID(r)
	w.Header()[requestIDHeader] = writer.requestID[:]
	w.Header()["X-Content-Type-Options"] = noSniff
	if a.held != nil {
		defer func() { a.held.Hold(r.Context(), writer.status, clientIP(r)) }() // at last, when nothing of the request is held any more
	}
	if a.meter != nil {
		a.meter.Begin()
		defer a.measure(writer, a.now())
	}
	defer a.recover(writer, r)
	if a.strip(writer, r) || a.cors(writer, r) {
		return
	}
	if found, ok := a.direct[r.URL.Path]; ok && r.Method == http.MethodPost && r.URL.RawPath == "" {
		r.Pattern = found.pattern
		found.ServeHTTP(writer, r)
		return
	}
	if !clean(r.URL.Path) {
		// The mux would redirect; a client that follows turns POST into GET, or sends its token twice.
		a.fail(writer, r, kv.ErrNotFound)
		return
	}
	a.mux.ServeHTTP(writer, r)
}

// noSniff keeps browsers from taking a value for a page or a script. Nobody changes it.
var noSniff = []string{"nosniff"}

// clean reports whether the path is written the one way in which routes are.
func clean(p string) bool {
	c := path.Clean(p)
	return p == c || p == c+"/"
}

// responseWriter is a ResponseWriter that records what was sent, and for which operation.
type responseWriter struct {
	http.ResponseWriter
	requestID [1]string // the field of the header
	begun     bool
	status    int              // 0 stands for 200
	operation *meter.Operation // nil where no statistics are kept
	store     time.Duration    // what the store took of the time

	project      kv.ProjectID // of a data operation, once it is known that it exists
	problem      int          // the row of problemKinds from 1, of a data operation that failed
	hits, misses int          // keys that were read and there, and not there
}

// WriteHeader begins the response, once.
func (w *responseWriter) WriteHeader(status int) {
	if w.begun {
		return
	}
	w.begun, w.status = true, status
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (a *API) recover(w *responseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	a.log.ErrorContext(r.Context(), "panic", "request_id", w.Header().Get(requestIDHeader), "route", r.Pattern,
		"cause", cause, "stack", string(debug.Stack()))
	if w.begun {
		panic(http.ErrAbortHandler) // the response is cut off, so that no client takes it for complete
	}
	a.fail(w, r, errInternal)
}
