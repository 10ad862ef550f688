// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// laterKey is a key that the server of a later version answers with a problem which this one does not know.
const laterKey = "answered later"

// laterProblem is that problem, with a status that no operation lists.
const laterProblem = `{"added_later":{"of":[1]},"code":"added_later","detail":"d","request_id":"r","status":418,"title":"t",
	"type":"https://example.com/added_later","errors":[{"location":"body.key","message":"m","added_later":true}]}`

// serveLater serves what a later version might: every answer has a field more.
func serveLater(t *testing.T, server string) string {
	t.Helper()
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: addField,
	}
	later := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("%s: %v", r.URL, err)
		}
		if bytes.Contains(body, []byte(laterKey)) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusTeapot)
			io.WriteString(w, laterProblem)
			return
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(later.Close)
	return later.URL
}

// addField adds a field to an answer in JSON, and leaves the rest of the text as it is.
func addField(r *http.Response) error {
	if !strings.HasSuffix(r.Header.Get("Content-Type"), "json") {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	body = bytes.Replace(body, []byte("{"), []byte(`{"added_later":{"of":[1]},`), 1)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}
