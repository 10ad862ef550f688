// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// anyServer stands in a document for the address of the server.
const anyServer = "https://this-server.invalid"

// serveDocument serves a form of the document, made at its first use, with the address that each request came to: generators that read
// it from a file have no other.
func (a *API) serveDocument(mediaType string, form func(*huma.OpenAPI) ([]byte, error)) http.HandlerFunc {
	once := sync.OnceValues(func() ([]byte, error) {
		document := *a.openapi()
		document.Servers = []*huma.Server{{URL: anyServer, Description: document.Servers[0].Description}}
		return form(&document)
	})
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := once()
		if err != nil {
			panic(err)
		}
		before, after, _ := bytes.Cut(text, []byte(anyServer))
		w.Header().Set("Content-Type", mediaType)
		w.Header().Add("Vary", "X-Forwarded-Proto")
		for _, part := range [][]byte{before, []byte(a.address(r)), after} {
			if _, err := w.Write(part); err != nil {
				return // the caller is gone
			}
		}
	}
}

// hostForm is what a host may look like. Anything else would have to be quoted in the document.
var hostForm = regexp.MustCompile(`^[0-9A-Za-z.\-]+(:[0-9]+)?$|^\[[0-9A-Fa-f:.]+\](:[0-9]+)?$`)

// maxHost is the longest name of a host, with a port.
const maxHost = 253 + len(":65535")

// address returns the address below which the client of a request finds the handler set. A proxy that ends TLS has to say so by
// X-Forwarded-Proto. Without a usable host it is a path, which clients take below the address of the document. A client that sends
// another Host gets an answer that names it; nobody else does.
func (a *API) address(r *http.Request) string {
	path := (&url.URL{Path: a.base(r)}).EscapedPath()
	if len(r.Host) > maxHost || !hostForm.MatchString(r.Host) {
		return cmp.Or(path, "/")
	}
	scheme := "http://"
	if encrypted(r) || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https://"
	}
	return scheme + r.Host + path
}
