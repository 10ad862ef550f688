// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"
	"strings"
)

// belowKey is the key of what Below puts into a context.
type belowKey struct{}

// Below returns a request that reached the server below a path, such as the stage /prod of an API gateway, which its own path does not
// have. It is for runtimes where that differs by request; Deps.BasePath is what all requests have.
func Below(r *http.Request, path string) *http.Request {
	if path == "" {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), belowKey{}, path))
}

// base returns the path below which the client of a request finds the handler set: empty, or such as /kv.
func (a *API) base(r *http.Request) string {
	if path, ok := r.Context().Value(belowKey{}).(string); ok {
		return path
	}
	return a.basePath
}

// strip takes the base path from the path of a request. A path without it stays as it is: a proxy may have taken it already.
// Strip reports whether it has answered the request, which is for the base path without a / after it: a page there would not
// be below it.
func (a *API) strip(w http.ResponseWriter, r *http.Request) (answered bool) {
	if a.basePath == "" {
		return false
	}
	if r.URL.Path == a.basePath && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		to := a.basePath + "/"
		if r.URL.RawQuery != "" {
			to += "?" + r.URL.RawQuery
		}
		http.Redirect(w, r, to, http.StatusFound)
		return true
	}
	path, below := a.belowBase(r.URL.Path)
	raw, written := a.belowBase(r.URL.RawPath)
	if !below || !written && r.URL.RawPath != "" {
		return false
	}
	u := *r.URL
	u.Path, u.RawPath = path, raw
	r.URL = &u
	return false
}

func (a *API) belowBase(path string) (rest string, below bool) {
	rest, below = strings.CutPrefix(path, a.basePath)
	if below = below && strings.HasPrefix(rest, "/"); !below {
		return "", false
	}
	return rest, true
}
