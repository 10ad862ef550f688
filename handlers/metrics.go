// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
)

// registerMetrics adds GET /metrics, which needs SystemRead. It is no operation of the API: Prometheus defines its form.
func (a *API) registerMetrics(metrics http.Handler) {
	if metrics == nil {
		return
	}
	a.route("/metrics", func(w http.ResponseWriter, r *http.Request) {
		sc := &scope{api: a, op: &operation{need: access.SystemRead}, request: r, writer: w.(*responseWriter)} // made by ServeHTTP
		err := sc.byToken(r.Context())
		if err == nil {
			err = sc.checkPermission(r.Context())
		}
		if err != nil {
			a.problem(r.Context(), r, err, w.Header().Get(requestIDHeader)).write(w)
			return
		}
		metrics.ServeHTTP(w, r)
	})
}
