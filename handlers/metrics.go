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
		c := &call{response: w.(*answer)} // of ServeHTTP
		err := a.authenticateReader(c, r)
		if err == nil {
			err = c.permit(kv.SystemRead)
		}
		if err != nil {
			a.refusal(r.Context(), err, w.Header().Get(requestIDHeader)).write(w)
			return
		}
		metrics.ServeHTTP(w, r)
	})
}

// authenticateReader is authenticate for what changes nothing: a browser follows a link to it, and proves no more than
// its cookie.
func (a *API) authenticateReader(c *call, r *http.Request) error {
	if byCookie(r) {
		return a.resume(c, r, false)
	}
	return a.authenticate(c, r)
}
