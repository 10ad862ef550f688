// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDocumentIsFresh(t *testing.T) {
	t.Parallel()
	want, err := newDisabledAPI(t).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../openapi/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("openapi/openapi.yaml is stale: make generate\n%s", diff)
	}
}

// Every operation tells what a generator, a reader and a caller need.
func TestDocumentIsComplete(t *testing.T) {
	t.Parallel()
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID, Summary, Description string
			Security                          []map[string][]string
			RequestBody                       *struct {
				Required bool
				Content  map[string]struct{ Example any }
			}
			Responses map[string]struct {
				Content map[string]struct{ Example, Examples any }
				Headers map[string]any
			}
		}
	}
	if err := json.Unmarshal(call(newDisabledAPI(t), http.MethodGet, "/openapi.json", "", "").Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("got version %s", document.OpenAPI)
	}
	ids := []string{}
	for path, item := range document.Paths {
		for method, op := range item {
			ids = append(ids, op.OperationID)
			if op.OperationID == "" || op.Summary == "" || op.Description == "" || len(op.Security) == 0 {
				t.Errorf("%s %s: got %+v", method, path, op)
			}
			if b := op.RequestBody; b != nil && (!b.Required || b.Content["application/json"].Example == nil) {
				t.Errorf("%s %s: the body is not required, or has no example", method, path)
			}
			for _, status := range []string{"401", "403", "429", "500", "503", "504"} {
				if op.Responses[status].Content["application/problem+json"].Examples == nil {
					t.Errorf("%s %s: no %s", method, path, status)
				}
			}
			for status, r := range op.Responses {
				if r.Headers["X-Request-Id"] == nil {
					t.Errorf("%s %s: %s has no X-Request-Id", method, path, status)
				}
				if content, ok := r.Content["application/json"]; ok && content.Example == nil {
					t.Errorf("%s %s: %s has no example", method, path, status)
				}
			}
		}
	}
	slices.Sort(ids)
	if len(ids) != 53 || len(slices.Compact(ids)) != 53 {
		t.Errorf("got %d operations: %s", len(ids), ids)
	}
}
