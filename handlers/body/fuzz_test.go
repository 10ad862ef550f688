// SPDX-License-Identifier: Apache-2.0

package body_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// FuzzDecode reads any body: what is not JSON, or not within the schema, is refused.
func FuzzDecode(f *testing.F) {
	d, registry := compileSample(f)
	schema := compileSchema(f, registry.Map())
	for _, seed := range []string{
		`{"key":"a"}`, `{"key":"\ud800"}`, `{"key":"a","value":[[[1.0e-7]]],"px":1e3}`, `{"a":1,"a":1}`, `[[]]`, `{"key":"a","limit":1,"amount":-1}`,
		`{"key":"a","inners":[{"a":"b","b":true},{}],"inner":{}}`, `{"key":"a","rights":["read"],"ids":[1,2.0]}`, `{"key":"a","keep":true,"ex":5}`,
		`{"key":"a","name":"ab","size":"1mb","engine":"podman","ends":"2030-01-02T15:04:05Z","project":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		result := d.Decode(data, new(sample))
		refused := result.Err != nil || len(result.Violations) > 0
		if refused {
			return
		}
		if !json.Valid(data) || !utf8.Valid(data) {
			t.Fatalf("%q is not JSON, and is accepted", data)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err == nil {
			err = schema.Validate(value)
		}
		if err != nil {
			t.Fatalf("%q is accepted: %v", data, err)
		}
	})
}

// compileSchema compiles the schema of samples.
func compileSchema(f *testing.F, schemas any) *jsonschema.Schema {
	text, err := json.Marshal(schemas)
	if err != nil {
		f.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		f.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("sample.json", value); err != nil {
		f.Fatal(err)
	}
	schema, err := compiler.Compile("sample.json#/Sample")
	if err != nil {
		f.Fatal(err)
	}
	return schema
}
