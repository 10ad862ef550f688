// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestResponsesSayTheirLength asks for values on both sides of the length up to which net/http finds it out.
func TestResponsesSayTheirLength(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	token := w.token(w.project("p"), "")
	server := httptest.NewServer(w.api)
	defer server.Close()
	for _, size := range []int{0, 2033, 2034, 2035, 100_000} {
		value := strings.Repeat("v", size)
		w.do(token, "set", fmt.Sprintf(`{"key":"a","value":%q}`, value))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/kv/get", strings.NewReader(`{"key":"a"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if want := fmt.Sprintf("{\"value\":%q}\n", value); err != nil || string(body) != want || answer.ContentLength != int64(len(want)) {
			t.Errorf("a value of %d bytes: a length of %d, %d bytes, %v", size, answer.ContentLength, len(body), err)
		}
	}
}
