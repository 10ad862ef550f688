// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
)

// What pages of other origins may send to the API, and see of its answers. A browser sees Content-Type without being
// told, and sends no cookies unless it is.
const (
	corsMethods = "DELETE, GET, PATCH, POST"
	corsSent    = "Authorization, Content-Type, Idempotency-Key, X-Request-Id"
	corsSeen    = "Idempotent-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
	corsMaxAge  = "7200" // seconds, which is as long as browsers keep a preflight
)

// SetCORSOrigins changes the origins whose pages may call the API: see Deps.CORSOrigins.
func (a *API) SetCORSOrigins(origins []string) { a.origins.Store(&origins) }

// cors lets pages of the allowed origins read the response, errors too. It reports whether it has answered the
// request, a preflight. It allows the same for every path of the API, so that a page with a wrong address is answered
// 404 and can read it. Without origins it does nothing. See the Fetch standard.
func (a *API) cors(w http.ResponseWriter, r *http.Request) (answered bool) {
	origins := *a.origins.Load()
	if len(origins) == 0 || !strings.HasPrefix(r.URL.Path, "/api/") {
		return false
	}
	h := w.Header()
	allowed := access.AnyOrigin
	if !slices.Contains(origins, access.AnyOrigin) {
		h.Add("Vary", "Origin")
		if allowed = r.Header.Get("Origin"); !slices.Contains(origins, allowed) {
			return false
		}
	}
	h.Set("Access-Control-Allow-Origin", allowed)
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", corsMethods)
		h.Set("Access-Control-Allow-Headers", corsSent)
		h.Set("Access-Control-Max-Age", corsMaxAge)
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	h.Set("Access-Control-Expose-Headers", corsSeen)
	return false
}
