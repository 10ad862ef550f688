// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Refuse answers a request that a runtime cannot pass on, or whose answer it cannot, as an operation that ended in err.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	setRequestID(w, r)
	a.refusal(r.Context(), err, w.Header().Get(requestIDHeader)).write(w)
}

// refusal turns an error into the answer, and logs what the caller must not see.
func (a *API) refusal(ctx context.Context, err error, requestID string) *problem {
	p := newProblem(err, requestID)
	if p.Status >= http.StatusInternalServerError && !errors.Is(err, kv.ErrDisabled) && !limited(err) {
		a.log.WarnContext(ctx, "request failed", "request_id", requestID, "code", p.Code, "error", err)
	}
	return p
}
