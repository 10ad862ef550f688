// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// ServeBelow is Serve with a base path, and returns two reverse proxies for the paths below it: one passes requests on as they
// are, the other strips the base path. The URL of the server is without it, as one that strips calls it.
func ServeBelow(t *testing.T, dir, basePath string, args ...string) (s *Server, keeps, strips http.Handler) {
	t.Helper()
	s = Serve(t, dir, append([]string{"--base-path", basePath}, args...)...)
	root, ok := strings.CutSuffix(s.URL, basePath)
	if !ok {
		t.Errorf("the server says that it listens on %s, which is not below %s", s.URL, basePath)
	}
	s.URL = root
	to, err := url.Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	keeps = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		FlushInterval: -1,
	}
	return s, keeps, http.StripPrefix(basePath, keeps)
}
