// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/openapi/contract"
)

// served30 is the 3.0 form as a reader of OpenAPI 3.0 understands it.
func served30(t *testing.T) *openapi3.T {
	t.Helper()
	return read30(t, text30(t))
}

func text30(t *testing.T) []byte {
	t.Helper()
	answer := call(newDisabledAPI(t), http.MethodGet, "/openapi-3.0.json", "", "")
	if got := answer.Header().Get("Content-Type"); answer.Code != http.StatusOK || got != "application/openapi+json" {
		t.Fatalf("answered %d %s", answer.Code, got)
	}
	return answer.Body.Bytes()
}

func read30(t *testing.T, text []byte) *openapi3.T {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// The reader refuses what 3.0 does not know, such as lists of types, const and fields next to a $ref. Of examples the
// linters judge: this reader takes null for no value of a schema without a type, which 3.0.3 says it is.
func TestOlderFormIsValid(t *testing.T) {
	t.Parallel()
	document := served30(t)
	if err := document.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Error(err)
	}
	if document.OpenAPI != "3.0.3" || document.Paths.Len() < 20 {
		t.Errorf("got version %s with %d paths", document.OpenAPI, document.Paths.Len())
	}
}

// What 3.1 and 3.0 say in different words means the same.
func TestOlderFormKeepsTheMeaning(t *testing.T) {
	t.Parallel()
	schemas := served30(t).Components.Schemas
	for _, tt := range []accepts{
		{"SetResponse", `{"result":null}`, true},
		{"SetResponse", `{"result":"OK"}`, true},
		{"SetResponse", `{"result":1}`, false},
		{"MSetResponse", `{"result":null}`, false},
		{"GetResponse", `{"value":[1,{}]}`, true},
		{"GetResponse", `{}`, false},
		{"GetResponse", `{"value":1,"more":1}`, true},
		{"SetRequest", `{"key":"a"}`, false},
		{"SetRequest", `{"key":"a","value":1,"ex":1}`, true},
		{"SetRequest", `{"key":"a","value":1,"more":1}`, false},
		{"IncrRequest", `{"key":"a","amount":1.5}`, false},
		{"APIKeyEntry", `{"id":"k","name":"n","prefix":"tk_","last4":"abcd","created_at":"2030-01-02T15:04:05Z","expires_at":null,` +
			`"last_used_at":null,"permissions":["KvRead"],"project_ids":null}`, true},
		{"Problem", `{"type":"t","title":"t","status":409,"detail":"d","code":"overflow","request_id":"r"}`, true},
		{"Problem", `{"type":"t","title":"t","status":418,"detail":"d","code":"of_later","request_id":"r","more":1}`, true},
	} {
		tt.check(t, schemas)
	}
}

// What this version keeps to, and no schema says, is in extensions.
func TestOlderFormSaysWhatNoSchemaDoes(t *testing.T) {
	t.Parallel()
	text, err := contract.Strict(text30(t))
	if err != nil {
		t.Fatal(err)
	}
	schemas := read30(t, text).Components.Schemas
	for _, tt := range []accepts{
		{"SetRequest", `{"key":"a","value":1,"ex":1,"px":1}`, false},
		{"SetRequest", `{"key":"a","value":1,"nx":true,"xx":false}`, true},
		{"SetRequest", `{"key":"a","value":1,"nx":true,"xx":true}`, false},
		{"MSetEntry", `{"key":"a","value":1,"ex":1,"px":1}`, false},
		{"EnableRequest", `{"docker_image":"a","version":"8"}`, false},
		{"Problem", `{"type":"t","title":"t","status":409,"detail":"d","code":"overflow","request_id":"r"}`, true},
		{"Problem", `{"type":"t","title":"t","status":409,"detail":"d","code":"overflown","request_id":"r"}`, false},
	} {
		tt.check(t, schemas)
	}
}

// accepts is whether a schema accepts a text.
type accepts struct {
	schema, json string
	accepted     bool
}

func (a accepts) check(t *testing.T, schemas openapi3.Schemas) {
	t.Helper()
	err := schemas[a.schema].Value.VisitJSON(example(t, a.json))
	if diff := cmp.Diff(err == nil, a.accepted); diff != "" {
		t.Errorf("%s %s (-got +want):\n%s%v", a.schema, a.json, diff, err)
	}
}

func example(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
