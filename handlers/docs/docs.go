// SPDX-License-Identifier: Apache-2.0

// Package docs serves the API documentation: swagger-ui, whole, from the binary, so that the page loads nothing from
// another host. `make docs` brings another version. It uses the standard library alone; package handlers imports it.
package docs

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"net/http"
	"path"
	"strings"
)

//go:embed index.html start.js *.gz
var files embed.FS

// policy lets the page run its own scripts and nothing else. swagger-ui sets styles on its elements.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Pages are the paths that Serve answers.
var Pages = map[string]string{
	"/docs":                      "index.html",
	"/docs/start.js":             "start.js",
	"/docs/swagger-ui.css":       "swagger-ui.css.gz",
	"/docs/swagger-ui-bundle.js": "swagger-ui-bundle.js.gz",
}

var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
}

// Serve answers Pages. What they name is below the path that base returns for a request: empty, or such as /kv.
func Serve(base func(*http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := Pages[r.URL.Path]
		data, err := files.ReadFile(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if name == "index.html" || name == "start.js" {
			below := base(r)
			names := strings.NewReplacer(`"/`, `"`+below+`/`, `'/`, `'`+below+`/`)
			data = []byte(names.Replace(string(data)))
		}
		serve(w, r, name, data)
	}
}

func serve(w http.ResponseWriter, r *http.Request, name string, data []byte) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-cache")
	plain, packed := strings.CutSuffix(name, ".gz")
	h.Set("Content-Type", mediaTypes[path.Ext(plain)])
	if packed {
		h.Set("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			unpack(w, data)
			return
		}
		h.Set("Content-Encoding", "gzip")
	}
	_, _ = w.Write(data)
}

// unpack is for the few clients that take no gzip. The data is our own: it does not fail.
func unpack(w io.Writer, data []byte) {
	plain, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		panic(err)
	}
	_, _ = io.Copy(w, plain)
}
