// SPDX-License-Identifier: Apache-2.0

package lambda

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// errPanic is the error of what panicked.
var errPanic = errors.New("panic: see the log")

// serve has the API answer the request, and gives up shortly before the invocation would be cut off.
func (h *Handler) serve(r *http.Request) *answer {
	answers := make(chan *answer, 1)
	go func() { answers <- h.answer(r) }()
	select {
	case a := <-answers:
		return a
	case <-r.Context().Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case a := <-answers:
		return a
	case <-late.C:
	}
	return h.refuse(r, kv.Refuse(kv.ErrOutcomeUnknown,
		"the time of the function is over; a write may or may not have been applied: read before you repeat it"))
}

// answer has the API answer the request. A panic becomes an error response.
func (h *Handler) answer(r *http.Request) (a *answer) {
	a = newAnswer()
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if cause != http.ErrAbortHandler {
			h.logPanic(r.Context(), cause, a.header.Get("X-Request-Id"))
		}
		a = h.refuse(r, errPanic) // what was begun would be taken for whole
	}()
	h.api.ServeHTTP(a, r)
	return a.finish(r)
}

func (h *Handler) logPanic(ctx context.Context, cause any, requestID string) {
	h.log.ErrorContext(ctx, "panic", "request_id", requestID, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
}
