// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Fail responds to a request that a runtime cannot pass on, or whose response it cannot, as an operation that ended in err.
func (a *API) Fail(w http.ResponseWriter, r *http.Request, err error) {
	id := requestID(r)
	w.Header().Set(requestIDHeader, id)
	a.problem(r.Context(), r, err, id).write(w)
}

// problem turns an error into the response to r, and logs what the caller must not see.
func (a *API) problem(ctx context.Context, r *http.Request, err error, requestID string) *problem {
	p := newProblem(err, a.address(r), requestID)
	if p.Status >= http.StatusInternalServerError && !errors.Is(err, kv.ErrDisabled) && !limited(err) {
		a.log.WarnContext(ctx, "request failed", "request_id", requestID, "code", p.Code, "error", err)
	}
	return p
}

// fail responds with an error outside of operations.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	newProblem(err, a.address(r), w.Header().Get(requestIDHeader)).write(w)
}
