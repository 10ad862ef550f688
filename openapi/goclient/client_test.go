// SPDX-License-Identifier: Apache-2.0

package goclient_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// connect returns a client of a server that answers with h.
func connect(t *testing.T, h http.HandlerFunc) *goclient.ClientWithResponses {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := goclient.New(s.URL+"/", "dt_test")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer answers every request with that body.
func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestValuesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	const value = `{"n":12345678901234567890.0,"html":"<&>","n":"\u003c"}`
	var path, token string
	var sent []byte
	c := connect(t, func(w http.ResponseWriter, r *http.Request) {
		path, token = r.URL.Path, r.Header.Get("Authorization")
		sent, _ = io.ReadAll(r.Body)
		answer(200, "application/json", `{"value":`+value+`,"result":"OK","values":[`+value+`]}`)(w, r)
	})
	if _, err := c.KVSetWithResponse(t.Context(), goclient.SetRequest{Key: "k", Value: json.RawMessage(value)}); err != nil {
		t.Fatal(err)
	}
	if got, want := string(sent), `{"key":"k","value":`+value+"}\n"; got != want || token != "Bearer dt_test" {
		t.Errorf("sent %s with %q, want %s", got, token, want)
	}
	entries := []goclient.MsetEntry{{Key: "k", Value: json.RawMessage(value), PX: new(int64(5))}}
	if _, err := c.KVMsetWithResponse(t.Context(), goclient.MsetRequest{Entries: entries}); err != nil {
		t.Fatal(err)
	}
	if got, want := string(sent), `{"entries":[{"key":"k","px":5,"value":`+value+"}]}\n"; got != want || path != "/api/kv/mset" {
		t.Errorf("sent %s to %s, want %s", got, path, want)
	}
	got, err := c.KVGetWithResponse(t.Context(), goclient.KeyRequest{Key: "k"})
	if err != nil || string(got.JSON200.Value) != value {
		t.Errorf("got %+v, %v", got, err)
	}
	many, err := c.KVMgetWithResponse(t.Context(), goclient.KeysRequest{Keys: []string{"k"}})
	if err != nil || string(many.JSON200.Values[0]) != value {
		t.Errorf("got %+v, %v", many, err)
	}
}

func TestWhiteSpaceAroundTheToken(t *testing.T) {
	t.Parallel()
	var sent string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = r.Header.Get("Authorization")
		answer(200, "application/json", `{"value":1}`)(w, r)
	}))
	t.Cleanup(s.Close)
	c, err := goclient.New(s.URL+"\n", " dt_test\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"}); err != nil || sent != "Bearer dt_test" {
		t.Errorf("sent %q, %v", sent, err)
	}
	for _, token := range []string{"dt_Hunter2 Hunter2", "dt_Hunter2\nX-Other: Hunter2", "dt_Hunter2\x00"} {
		if _, err := goclient.New(s.URL, token); err == nil || strings.Contains(err.Error(), "Hunter2") {
			t.Errorf("the token %q: %v", token, err)
		}
	}
}

func TestRefusalsAreErrors(t *testing.T) {
	t.Parallel()
	const problem = "application/problem+json"
	for _, tt := range []struct {
		h    http.HandlerFunc
		code goclient.ProblemCode
		text string
	}{
		{answer(409, problem, `{"status":409,"code":"not_an_integer","detail":"Set it."}`),
			goclient.ProblemCodeNotAnInteger, "409 not_an_integer: Set it."},
		{answer(599, problem, `{"code":"yet_unknown","detail":"New."}`), "yet_unknown", "599 yet_unknown: New."},
		{answer(502, "text/html", `<html>`), "", "the answer was 502 Bad Gateway, and not from tempskv"},
		{answer(500, problem, `{"code":"internal",`), "", "the answer was 500 Internal Server Error, and not from tempskv"},
		{http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP, "", "the answer was 302 Found, and not from tempskv"},
	} {
		_, err := connect(t, tt.h).KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"})
		refused, ok := errors.AsType[*goclient.Error](err)
		if !ok {
			t.Fatalf("got %v, want %s", err, tt.text)
		}
		if diff := cmp.Diff([]string{string(refused.Code), refused.Error()}, []string{string(tt.code), tt.text}); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	var sent []string
	c := connect(t, func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("Idempotency-Key"))
		answer(200, "application/json", `{"value":1,"result":"OK"}`)(w, r)
	})
	once := goclient.IdempotencyKey("a key")
	for range 2 {
		if _, err := c.KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"}, once); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.KVSetWithResponse(t.Context(), goclient.SetRequest{Key: "k", Value: json.RawMessage(`1`)}, once); err != nil {
		t.Fatal(err)
	}
	if _, err := c.KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sent, []string{"a key", "a key", "a key", ""}); diff != "" {
		t.Errorf("sent Idempotency-Keys (-got +want)\n%s", diff)
	}
}

// TestEndlessAnswers reads answers that do not end.
func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
		c := connect(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, err := io.WriteString(w, `{"value":"`)
			for part := strings.Repeat("x", 1<<20); err == nil; {
				_, err = io.WriteString(w, part)
			}
		})
		_, err := c.KVGetWithResponse(t.Context(), goclient.KVGetJSONRequestBody{Key: "k"})
		refused, ok := errors.AsType[*goclient.Error](err)
		if status == http.StatusOK && (err == nil || !strings.Contains(err.Error(), "larger than 128 MiB")) ||
			status != http.StatusOK && (!ok || refused.Response.StatusCode != status) {
			t.Errorf("%d: %v", status, err)
		}
	}
}
