// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/docs"
)

// get asks for a page, with headers given as name and value.
func get(path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.URL.Path = path
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	docs.Pages{}.ServeHTTP(w, r)
	return w
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct {
		status           int
		mediaType, cache string
	}{
		"/docs":                              {200, "text/html; charset=utf-8", "no-cache"},
		"/docs/api":                          {200, "text/html; charset=utf-8", "no-cache"},
		"/docs/errors":                       {200, "text/html; charset=utf-8", "no-cache"},
		"/docs/errors/too_large":             {200, "text/html; charset=utf-8", "no-cache"},
		"/docs/assets/swagger-ui-5.35.0.css": {200, "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		"/docs/":                             {404, "text/html; charset=utf-8", "no-cache"},
		"/docs/404":                          {404, "text/html; charset=utf-8", "no-cache"},
		"/docs/index":                        {404, "text/html; charset=utf-8", "no-cache"},
		"/docs/api.html":                     {404, "text/html; charset=utf-8", "no-cache"},
		"/docs/errors/nothing":               {404, "text/html; charset=utf-8", "no-cache"},
		"/docs/../swagger-ui":                {404, "text/html; charset=utf-8", "no-cache"},
		"/docs/assets/../index.html":         {404, "text/html; charset=utf-8", "no-cache"},
		"/docs/assets/nothing.js":            {404, "text/html; charset=utf-8", "no-cache"},
	} {
		got := get(path)
		h := got.Header()
		if got.Code != want.status || h.Get("Content-Type") != want.mediaType || h.Get("Cache-Control") != want.cache || got.Body.Len() == 0 {
			t.Errorf("%s: answered %d %v with %d bytes, want %v", path, got.Code, h, got.Body.Len(), want)
		}
		if policy := h.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; ") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
	}
}

// TestNothingIsSentTwice checks that a browser that has a page does not get it again, and that each encoding has its own tag.
func TestNothingIsSentTwice(t *testing.T) {
	t.Parallel()
	plain, packed := get("/docs/errors"), get("/docs/errors", "Accept-Encoding", "br, gzip;q=0.5")
	if plain.Header().Get("Etag") == packed.Header().Get("Etag") || packed.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("plain %v, compressed %v", plain.Header(), packed.Header())
	}
	r, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(r); err != nil || string(unpacked) != plain.Body.String() {
		t.Errorf("compressed is another page, %v", err)
	}
	tag := packed.Header().Get("Etag")
	for header, want := range map[string]int{
		tag: 304, `"a", W/` + tag: 304, "*": 304, `"a"`: 200, plain.Header().Get("Etag"): 200, "": 200,
	} {
		got := get("/docs/errors", "Accept-Encoding", "gzip", "If-None-Match", header)
		if got.Code != want || want == 304 && got.Body.Len() > 0 {
			t.Errorf("If-None-Match %s: answered %d with %d bytes, want %d", header, got.Code, got.Body.Len(), want)
		}
	}
	for header, want := range map[string]string{"gzip;q=0": "", "identity": "", "gzip; q=0.0": "", "*": "gzip", "deflate, gzip": "gzip"} {
		if got := get("/docs", "Accept-Encoding", header).Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %s: got %q, want %q", header, got, want)
		}
	}
}
