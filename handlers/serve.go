// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/meter"
)

// ServeHTTP answers a request. A panic in an operation is answered 500 and logged.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setRequestID(w, r)
	answer := &answer{ResponseWriter: w, operation: a.others}
	if a.meter != nil {
		a.meter.Begin()
		defer a.measure(answer, a.now())
	}
	defer a.recover(answer, r)
	if a.cors(answer, r) {
		return
	}
	if !clean(r.URL.Path) {
		// The mux would redirect; a client that follows turns POST into GET, or sends its token twice.
		a.refuse(answer, kv.ErrNotFound)
		return
	}
	a.mux.ServeHTTP(answer, r)
}

// clean tells whether the path is written the one way in which routes are.
func clean(p string) bool {
	c := path.Clean(p)
	return p == c || p == c+"/"
}

// answer remembers what was sent, and whose answer it is.
type answer struct {
	http.ResponseWriter
	begun     bool
	status    int              // 0 stands for 200
	operation *meter.Operation // nil where no statistics are kept
	turn      *turn            // which ends with the answer; nil where there is none
	store     time.Duration    // what the store took of the time
}

// WriteHeader begins the answer. Where the client leaves amid one, huma would begin another.
func (a *answer) WriteHeader(status int) {
	if a.begun {
		return
	}
	a.begun, a.status = true, status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	a.begun = true
	a.turn.leave(len(b))
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *API) recover(w *answer, r *http.Request) {
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
		panic(http.ErrAbortHandler) // the answer is cut, so that nobody takes it for whole
	}
	a.refuse(w, errInternal)
}

func (a *API) refuse(w http.ResponseWriter, err error) {
	newProblem(err, w.Header().Get(requestIDHeader)).write(w)
}

// registerRefusals answers the methods that a path does not have, and the paths that are none.
func (a *API) registerRefusals() {
	for path, methods := range a.routes {
		if slices.Contains(methods, http.MethodGet) {
			methods = append(methods, http.MethodHead)
		}
		slices.Sort(methods)
		allow := strings.Join(methods, ", ")
		a.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", allow)
			a.refuse(w, kv.ErrMethodNotAllowed)
		})
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { a.refuse(w, kv.ErrNotFound) })
}
