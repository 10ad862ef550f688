// SPDX-License-Identifier: Apache-2.0

package body_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/body"
)

func TestSchemaSaysWhatExcludesWhat(t *testing.T) {
	_, registry := compileSample(t)
	for name, want := range map[string]string{
		"Sample": `{"anyOf":[{"properties":{"ex":{},"px":{}},"required":["ex","px"]},` +
			`{"properties":{"ex":{},"keep":{"enum":[true]}},"required":["keep","ex"]},` +
			`{"properties":{"keep":{"enum":[true]},"px":{}},"required":["keep","px"]}]}`,
		"Inner": `{"properties":{"a":{},"b":{"enum":[true]}},"required":["a","b"]}`,
	} {
		got, err := json.Marshal(registry.Map()[name].Not)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s %v, want %s", name, got, err, want)
		}
	}
}

func TestCompileAgainIsTheSame(t *testing.T) {
	_, registry := compileSample(t)
	d, err := body.Compile(registry, reflect.TypeFor[sample](), maxValue)
	if err != nil {
		t.Fatal(err)
	}
	v := d.Decode([]byte(`{"key":"a","size":"1"}`), new(sample)).Violations
	if len(v) != 1 || v[0].Message != "must be a size such as 1mb" {
		t.Errorf("got %v", v)
	}
	if got := registry.Map()["Sample"].Properties["size"].PatternDescription; got != "" {
		t.Errorf("the document describes a pattern: %q", got)
	}
}

func TestCompileRefusesWhatItCannotRead(t *testing.T) {
	for want, v := range map[string]any{
		"is not a struct": "",
		"minItems": struct {
			A []string `json:"a" enum:"x"`
		}{},
		"minLength": struct {
			A string `json:"a" minLength:"1"`
		}{},
		"patternDescription": struct {
			A string `json:"a" pattern:"^a$"`
		}{},
		"cannot be read": struct {
			A float64 `json:"a"`
		}{},
		"has no name in JSON": struct{ A bool }{},
		"is not a field": struct {
			A bool `json:"a" excludes:"b"`
		}{},
	} {
		_, err := body.Compile(huma.NewMapRegistry("#/", func(reflect.Type, string) string { return "T" }), reflect.TypeOf(v), maxValue)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func TestDecodeTakesOneTypeOnly(t *testing.T) {
	d, _ := compileSample(t)
	defer func() {
		if recover() == nil {
			t.Error("another type was filled in")
		}
	}()
	d.Decode([]byte(`{}`), new(inner))
}
