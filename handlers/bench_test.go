// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
)

// discard is a response writer that a benchmark can use again and again.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header              { return d.header }
func (d *discard) Write(b []byte) (int, error)      { return len(b), nil }
func (d *discard) WriteHeader(int)                  {}
func (d *discard) SetReadDeadline(time.Time) error  { return nil }
func (d *discard) SetWriteDeadline(time.Time) error { return nil }

func benchmark(b *testing.B, h http.Handler, path, body string) {
	text := []byte(body)
	w := &discard{http.Header{}}
	reader := bytes.NewReader(text)
	r := httptest.NewRequest(http.MethodPost, path, nil)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+string(projectToken))
	b.ReportAllocs()
	for b.Loop() {
		reader.Reset(text)
		r.Body = io.NopCloser(reader)
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

func BenchmarkGet(b *testing.B) {
	benchmark(b, newConstantAPI(b), "/api/kv/get", `{"key":"user:123"}`)
}

func BenchmarkSet(b *testing.B) {
	benchmark(b, newConstantAPI(b), "/api/kv/set", `{"key":"user:123","value":{"name":"Alice"},"ex":60}`)
}

// BenchmarkMSet sets as many entries as one request may.
func BenchmarkMSet(b *testing.B) {
	var entries strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&entries, `,{"key":"user:%d","value":{"name":"Alice"},"ex":60}`, i)
	}
	benchmark(b, newConstantAPI(b), "/api/kv/mset", `{"entries":[`+entries.String()[1:]+`]}`)
}

// BenchmarkNoOp is what a handler on net/http costs that decodes the same body and checks the same token.
func BenchmarkNoOp(b *testing.B) {
	mux := http.NewServeMux()
	known := map[access.TokenHash]bool{projectToken.Hash(): true}
	mux.HandleFunc("POST /api/kv/get", func(w http.ResponseWriter, r *http.Request) {
		token := access.Token(r.Header.Get("Authorization")[len("Bearer "):])
		var in struct{ Key string }
		if !token.Plausible() || !known[token.Hash()] || json.NewDecoder(r.Body).Decode(&in) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(struct {
			Value json.RawMessage `json:"value"`
		}{json.RawMessage(`{"name":"Alice"}`)})
	})
	benchmark(b, mux, "/api/kv/get", `{"key":"user:123"}`)
}
