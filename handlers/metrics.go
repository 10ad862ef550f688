// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"net/http"

	"github.com/tempskv/tempskv/handlers/kv"
)

// registerMetrics lets whoever has SystemRead GET /metrics. It is no operation of the API: what answers it, and in which
// form, is Prometheus's to say.
func (a *API) registerMetrics(metrics http.Handler) {
	if metrics == nil {
		return
	}
	a.route("/metrics", func(w http.ResponseWriter, r *http.Request) {
		c := &call{api: a, op: &operation{need: kv.SystemRead}, request: r, response: w.(*response)} // made by ServeHTTP
		err := c.byReader(r.Context())
		if err == nil {
			err = c.checkPermission(r.Context())
		}
		if err != nil {
			a.refusal(r.Context(), err, w.Header().Get(requestIDHeader)).write(w)
			return
		}
		metrics.ServeHTTP(w, r)
	})
}
