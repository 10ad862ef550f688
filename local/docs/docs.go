// SPDX-License-Identifier: Apache-2.0

// Package docs is the documentation, embedded in the programs: the pages that local/docs/build made from the Markdown in this
// folder, and swagger-ui for the API reference (`make swagger` brings another version). Everything in a page is named relative to it,
// so that it works below any path. It imports only the standard library, since the Lambda function has it too.
package docs

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist swagger-ui/*.gz
var files embed.FS

// policy lets a page load only its own files, and forbids frames.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// referencePolicy is that of the API reference: swagger-ui sets styles on its elements, and has pictures in its style.
const referencePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".json": "application/json",
	".svg":  "image/svg+xml",
}

// Pages serves the documentation. Its zero value works.
type Pages struct{}

// Paths are the patterns that ServeHTTP answers.
func (Pages) Paths() []string { return []string{"/docs", "/docs/{page...}"} }

// ServeHTTP answers the paths. What is no page is answered by one that says so.
func (Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, packed := find(r.URL.Path)
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	if name == "api.html" {
		h.Set("Content-Security-Policy", referencePolicy)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Content-Type", mediaTypes[path.Ext(name)])
	h.Set("Vary", "Accept-Encoding")
	if packed == nil {
		notFound(w, r)
		return
	}
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable") // the name holds a hash of the content, or a version
	}
	plain := !acceptsGzip(r.Header)
	tag := etag(packed, plain)
	h.Set("ETag", tag)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	write(w, packed, plain)
}

// find returns the name of what has a path, and its content; none if there is nothing there.
func find(address string) (name string, packed []byte) {
	name = strings.TrimPrefix(strings.TrimPrefix(address, "/docs"), "/")
	switch {
	case address == "/docs":
		name = "index.html"
	case name == "" || name == "index" || name == "404" || path.Clean("/"+name) != "/"+name:
		return "", nil
	case !strings.HasPrefix(name, "assets/"):
		name += ".html"
	}
	packed, err := files.ReadFile("dist/" + name + ".gz")
	if asset, ok := strings.CutPrefix(name, "assets/"); ok && err != nil {
		packed, err = files.ReadFile("swagger-ui/" + asset + ".gz")
	}
	if err != nil {
		return "", nil
	}
	return name, packed
}

// notFound answers with a page whose links work from wherever it is shown: its own are those of a page directly below /docs.
func notFound(w http.ResponseWriter, r *http.Request) {
	packed, err := files.ReadFile("dist/404.html.gz")
	if err != nil {
		panic(err) // a test checks that it is there
	}
	var page bytes.Buffer
	unpack(&page, packed)
	up := strings.Repeat("../", max(0, strings.Count(r.URL.Path, "/")-strings.Count("/docs/404", "/")))
	text := strings.NewReplacer(` href="#`, ` href="#`, ` href="`, ` href="`+up, ` src="`, ` src="`+up, ` data-index="`,
		` data-index="`+up, ` data-root="`, ` data-root="`+up).Replace(page.String())
	w.Header().Set("Content-Type", mediaTypes[".html"])
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, text) // the caller is gone if this fails
}

func write(w http.ResponseWriter, packed []byte, plain bool) {
	if plain {
		unpack(w, packed)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Length", strconv.Itoa(len(packed)))
	_, _ = w.Write(packed) // the caller is gone if this fails
}

// etag returns the tag of a file. Each encoding has its own.
func etag(packed []byte, plain bool) string {
	sum := sha256.Sum256(packed)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	if plain {
		return `"` + tag + `"`
	}
	return `"` + tag + `gzip"`
}

// matches reports whether If-None-Match names the tag.
func matches(header, tag string) bool {
	for named := range strings.SplitSeq(header, ",") {
		if named = strings.TrimPrefix(strings.TrimSpace(named), "W/"); named == tag || named == "*" {
			return true
		}
	}
	return false
}

// acceptsGzip reports whether a client reads compressed answers.
func acceptsGzip(h http.Header) bool {
	for _, header := range h.Values("Accept-Encoding") {
		for part := range strings.SplitSeq(header, ",") {
			name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
			quality = strings.TrimPrefix(strings.ReplaceAll(quality, " ", ""), "q=")
			if name = strings.TrimSpace(name); name == "gzip" || name == "*" {
				return quality == "" || strings.Trim(quality, "0.") != ""
			}
		}
	}
	return false
}

// unpack is for what cannot be sent compressed. The data is our own: it does not fail.
func unpack(w io.Writer, data []byte) {
	plain, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		panic(err)
	}
	_, _ = io.Copy(w, plain)
}
