// SPDX-License-Identifier: Apache-2.0

package handlers

import "net/http"

// Refuse answers a request that a runtime cannot pass on, or whose answer it cannot, as an operation that ended in err.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	setRequestID(w, r)
	a.refusal(r.Context(), err, w.Header().Get(requestIDHeader)).write(w)
}
