// SPDX-License-Identifier: Apache-2.0

// Package dashboard is the web page of tempskv, embedded in the binary. It is a client of the HTTP interface like any
// other. Its sources are in src; `make dashboard` builds dist from them. It imports only the standard library. The main
// of the program imports it, and the Lambda function must not.
package dashboard

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist
var built embed.FS

// routes are the addresses of the pages. All serve the same document, which shows the page of its address.
var routes = []string{
	"/{$}", "/setup", "/settings", "/projects", "/projects/{id}", "/projects/{id}/overview", "/projects/{id}/data",
	"/projects/{id}/connect", "/projects/{id}/tokens", "/projects/{id}/settings", "/backups", "/api-keys", "/audit", "/system",
}

// policy lets the page load only its own files, and forbids frames.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Pages serves the dashboard. It is made by New.
type Pages struct {
	document *file
	assets   map[string]*file // by path
}

// file is one file in all its encodings.
type file struct {
	mediaType, etag, cache string
	gzip, brotli           []byte // brotli may be nil
}

var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
}

// New reads the embedded files, for a server below the base path: empty, or such as /kv. A test checks that they are complete.
func New(basePath string) *Pages {
	p := &Pages{assets: map[string]*file{}}
	packed, _ := fs.Glob(built, "dist/*.gz") // the pattern is well formed
	assets, _ := fs.Glob(built, "dist/assets/*.gz")
	for _, name := range append(packed, assets...) {
		plain := strings.TrimSuffix(name, ".gz")
		f := newFile(plain)
		if plain == "dist/index.html" {
			if p.document = f; basePath != "" {
				p.document = f.below(basePath)
			}
			continue
		}
		p.assets[strings.TrimPrefix(plain, "dist")] = f
	}
	return p
}

func newFile(name string) *file {
	f := &file{mediaType: mediaTypes[path.Ext(name)], cache: "no-cache", gzip: read(name + ".gz"), brotli: read(name + ".br")}
	if strings.HasPrefix(name, "dist/assets/") {
		f.cache = "public, max-age=31536000, immutable" // the name holds a hash of the content
	}
	f.etag = etag(f.gzip)
	return f
}

func etag(packed []byte) string {
	sum := sha256.Sum256(packed)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

func read(name string) []byte {
	data, err := built.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return data
}

// Paths are the patterns that ServeHTTP answers.
func (p *Pages) Paths() []string {
	paths := append([]string{}, routes...)
	for name := range p.assets {
		paths = append(paths, name)
	}
	return paths
}

// ServeHTTP answers the paths.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := p.assets[r.URL.Path]
	if !ok {
		f = p.document
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", f.cache)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Type", f.mediaType)
	encoding, body := f.accepted(r.Header.Get("Accept-Encoding"))
	// Each encoding has its own tag.
	tag := `"` + f.etag + encoding + `"`
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if encoding == "" {
		unpack(w, f.gzip)
		return
	}
	h.Set("Content-Encoding", encoding)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the caller is gone if this fails
}

// accepted returns the best encoding that the client accepts and its name, nothing if it accepts no compressed one.
func (f *file) accepted(header string) (encoding string, body []byte) {
	takes := map[string]bool{}
	for part := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		quality = strings.TrimPrefix(strings.ReplaceAll(quality, " ", ""), "q=")
		takes[strings.TrimSpace(name)] = strings.Trim(quality, "0.") != "" || quality == ""
	}
	switch {
	case takes["br"] && f.brotli != nil:
		return "br", f.brotli
	case takes["gzip"]:
		return "gzip", f.gzip
	}
	return "", nil
}

// unpack serves the few clients that accept no compression. It cannot fail: the data is ours.
func unpack(w io.Writer, data []byte) {
	plain, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		panic(err)
	}
	_, _ = io.Copy(w, plain)
}
