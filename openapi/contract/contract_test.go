// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/openapi/contract"
)

func newWatch(t *testing.T) *contract.Watch {
	t.Helper()
	document, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := contract.NewWatch(document)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// exchange sends a request through the watch to a server that gives that response.
func exchange(t *testing.T, w *contract.Watch, method, path, token, body string, status int, answer string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		kind := "application/json"
		if status >= http.StatusBadRequest {
			kind = "application/problem+json"
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer s.Close()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := (&http.Client{Transport: w.Transport(http.DefaultTransport)}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, err := io.ReadAll(res.Body); err != nil || string(got) != answer {
		t.Errorf("the watch passes on %s, %v, want %s", got, err, answer)
	}
}

const problem = `{"type":"urn:tempskv:problem:invalid","title":"Invalid","status":422,"detail":"d","code":"invalid","request_id":"r"}`

func TestWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	watch := newWatch(t) // takes a while
	for _, tt := range []struct {
		name, method, path, token, body string
		status                          int
		answer                          string
		wrong                           string // what the error holds, empty for none
	}{
		{"as declared", "POST", "/api/kv/get", "dt_x", `{"key":"a"}`, 200, `{"value":null}`, ""},
		{"a value with fields", "POST", "/api/kv/mset", "dt_x", `{"entries":[{"key":"a","value":{"b":[{"c":1}]}}]}`, 200,
			`{"result":"OK"}`, ""},
		{"values with fields", "POST", "/api/kv/mget", "dt_x", `{"keys":["a"]}`, 200, `{"values":[{"b":[{"c":1}]}]}`, ""},
		{"a refusal", "POST", "/api/kv/get", "dt_x", `{"key":""}`, 422, problem, ""},
		{"a refusal of what no schema can tell", "POST", "/api/kv/get", "dt_x", `{"key":"a"}`, 422, problem, ""},
		{"not an operation", "GET", "/api/kv/get", "dt_x", ``, 405, problem, ""},
		{"outside the API", "GET", "/livez", "", ``, 200, `ok`, ""},
		{"a project that is ignored", "POST", "/api/kv/get", "dt_x", `{"key":"a","project_id":"x"}`, 200, `{"value":1}`, ""},

		{"an undeclared field", "POST", "/api/kv/get", "dt_x", `{"key":"a"}`, 200, `{"value":1,"ttl":5}`, "ttl"},
		{"an undeclared field within", "GET", "/api/projects", "tk_x", ``, 200,
			`{"projects":[{"id":1,"name":"n","created_at":"2030-01-02T15:04:05Z","owner":"o"}]}`, "owner"},
		{"a missing field", "POST", "/api/kv/scan", "dt_x", `{}`, 200, `{"keys":[]}`, "cursor"},
		{"another type", "POST", "/api/kv/incr", "dt_x", `{"key":"a"}`, 200, `{"value":"1"}`, "value"},
		{"a time that is none", "GET", "/api/projects/1", "tk_x", ``, 200, `{"id":1,"name":"n","created_at":"today"}`, "created_at"},
		{"an undeclared status", "POST", "/api/kv/get", "dt_x", `{"key":"a"}`, 202, `{"value":1}`, "202"},
		{"an undeclared code", "POST", "/api/kv/get", "dt_x", `{"key":"a"}`, 422,
			strings.Replace(problem, `"code":"invalid"`, `"code":"odd"`, 1), "code"},
		{"an accepted field that is not declared", "POST", "/api/kv/get", "dt_x", `{"key":"a","db":1}`, 200, `{"value":1}`, "db"},
		{"an accepted value that is refused", "POST", "/api/kv/set", "dt_x", `{"key":"a","value":1,"ex":0}`, 200,
			`{"result":"OK"}`, "ex"},
		{"an accepted pair that is refused", "POST", "/api/kv/set", "dt_x", `{"key":"a","value":1,"nx":true,"xx":true}`, 200,
			`{"result":"OK"}`, "accepted"},
		{"an accepted project of another type", "POST", "/api/kv/get", "tk_x", `{"key":"a","project_id":"x"}`, 200,
			`{"value":1}`, "project_id"},
		{"an accepted parameter that is refused", "GET", "/api/audit?limit=0", "tk_x", ``, 200,
			`{"entries":[],"cursor":null}`, "limit"},
		{"a path without an operation", "POST", "/api/kv/flushall", "dt_x", `{}`, 200, `{}`, "not an operation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := watch.Err()
			exchange(t, watch, tt.method, tt.path, tt.token, tt.body, tt.status, tt.answer)
			found := strings.TrimPrefix(text(watch.Err()), text(before))
			if (found != "") != (tt.wrong != "") || !strings.Contains(found, tt.wrong) {
				t.Errorf("got %q, want something about %q", found, tt.wrong)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
