// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// registerPages adds what is next to the API: health for load balancers, the document, its documentation, the dashboard.
func (a *API) registerPages(documentation, dashboard Pages) {
	a.registerHealth()
	a.route("/openapi.yaml", a.serveDocument("application/openapi+yaml", asYAML))
	a.route("/openapi.json", a.serveDocument("application/openapi+json", asJSON))
	a.route("/openapi-3.0.json", a.serveDocument("application/openapi+json", asJSON30))
	a.registerAll(documentation)
	if dashboard == nil {
		a.route("/{$}", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, a.base(r)+docsPath, http.StatusFound)
		})
	}
	a.pages = dashboard
	a.registerAll(dashboard)
}

// docsPath is where the documentation is.
const docsPath = "/docs"

func (a *API) registerAll(pages Pages) {
	if pages == nil {
		return
	}
	for _, path := range pages.Paths() {
		a.route(path, pages.ServeHTTP)
	}
}

// route adds a page that anybody may GET.
func (a *API) route(path string, h http.HandlerFunc) {
	a.handle(http.MethodGet, path, h)
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(s + "\n"))
	}
}

// registerRefusals answers the methods that a path does not have, and the paths that are none.
func (a *API) registerRefusals() {
	for path, methods := range a.routes {
		if slices.Contains(methods, http.MethodGet) {
			methods = append(methods, http.MethodHead)
		}
		slices.Sort(methods)
		allow := strings.Join(methods, ", ")
		a.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allow)
			a.fail(w, r, kv.ErrMethodNotAllowed)
		})
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if a.pages != nil && opensPage(r) {
			a.pages.ServeHTTP(&notFoundWriter{ResponseWriter: w}, r)
			return
		}
		a.fail(w, r, kv.ErrNotFound)
	})
}

// opensPage reports whether a person opens an address in a browser.
func opensPage(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && !strings.HasPrefix(r.URL.Path, "/api/") &&
		strings.Contains(r.Header.Get("Accept"), "text/html") && r.Header.Get("If-None-Match") == ""
}

// notFoundWriter gives a page the status 404.
type notFoundWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *notFoundWriter) WriteHeader(int) {
	if !w.begun {
		w.begun = true
		w.ResponseWriter.WriteHeader(http.StatusNotFound)
	}
}

func (w *notFoundWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusNotFound)
	return w.ResponseWriter.Write(b)
}
