// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/openapi/contract"
)

// documented is an operation with a body, as the document has it.
type documented struct {
	id, method, path string
	example          json.RawMessage
	scoped           bool // an API key has to name a project
	shape            shape
	schema           *jsonschema.Schema
}

// document is what the tests read of the OpenAPI document.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string
		Tags        []string
		RequestBody *struct {
			Content map[string]struct {
				Schema  shape
				Example json.RawMessage
			}
		}
	}
	Components struct{ Schemas map[string]shape }
}

// documentedBodies reads the operations that take a body from the document.
func documentedBodies(tb testing.TB, api *handlers.API) []documented {
	tb.Helper()
	text := call(api, http.MethodGet, "/openapi.json", "", "").Body.Bytes()
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		tb.Fatal(err)
	}
	strict, err := contract.Strict(text)
	if err != nil {
		tb.Fatal(err)
	}
	compiler := newSchemaCompiler(tb, strict)
	var found []documented
	for path, item := range doc.Paths {
		for method, operation := range item {
			if operation.RequestBody == nil {
				continue
			}
			content := operation.RequestBody.Content["application/json"]
			schema, err := compiler.Compile("openapi.json" + content.Schema.Ref)
			if err != nil {
				tb.Fatal(err)
			}
			found = append(found, documented{
				id: operation.OperationID, method: strings.ToUpper(method), path: strings.ReplaceAll(path, "{id}", "1"),
				example: content.Example, scoped: slices.Contains(operation.Tags, "Data"),
				shape: content.Schema.resolved(doc.Components.Schemas), schema: schema,
			})
		}
	}
	slices.SortFunc(found, func(a, b documented) int { return strings.Compare(a.id, b.id) })
	return found
}

func newSchemaCompiler(tb testing.TB, text []byte) *jsonschema.Compiler {
	tb.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	// Of numbers the document says only the width, since bounds of 64 bits come out rounded.
	compiler.RegisterFormat(&jsonschema.Format{Name: "int64", Validate: isInt64})
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = compiler.AddResource("openapi.json", value)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return compiler
}

func isInt64(v any) error {
	n, ok := v.(json.Number)
	if !ok {
		return nil // another keyword is about types
	}
	if _, err := n.Int64(); err == nil {
		return nil
	}
	f, err := n.Float64()
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
		return errors.New("not an integer of 64 bits")
	}
	return nil
}

// accepts reports whether the document accepts the body.
func (d *documented) accepts(tb testing.TB, body []byte) bool {
	tb.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		tb.Fatalf("%s: %v", body, err)
	}
	return d.schema.Validate(value) == nil
}

// token returns one that may send the body: an API key has to name a project.
func (d *documented) token(body []byte) string {
	if d.scoped && !bytes.Contains(body, []byte(`"project_id"`)) {
		return string(projectToken)
	}
	return string(adminToken)
}

// refused are the statuses of a body that is not one of the operation's.
func refused(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusUnprocessableEntity
}

// TestBodiesAreReadAsTheDocumentSays sends to every operation what is just inside and just outside of its schema.
func TestBodiesAreReadAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	api := newDisabledAPI(t)
	operations := documentedBodies(t, api)
	if len(operations) < 16 {
		t.Fatalf("got %d operations with a body", len(operations))
	}
	for _, d := range operations {
		t.Run(d.id, func(t *testing.T) {
			t.Parallel()
			wrong, accepted := 0, 0
			for _, body := range d.variants(t) {
				_, answer := unwatched(api, d.method, d.path, d.token(body), string(body))
				want := d.accepts(t, body)
				if want {
					accepted++
				}
				if got := !refused(answer.Code); got != want {
					t.Errorf("%.200s: answered %d %.300s, while the document accepts: %t", body, answer.Code, answer.Body, want)
					if wrong++; wrong > 5 {
						return
					}
				}
			}
			if accepted < 3 {
				t.Errorf("only %d bodies were within the schema", accepted)
			}
		})
	}
}
