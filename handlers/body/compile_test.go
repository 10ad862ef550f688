// SPDX-License-Identifier: Apache-2.0

package body_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/body"
)

func TestSchemaSaysWhatExcludesWhat(t *testing.T) {
	_, registry := compileSample(t)
	for name, want := range map[string]string{
		"Sample": `{"ex":["px"],"keep":["ex","px"]}`,
		"Inner":  `{"a":["b"]}`,
	} {
		excludes := map[string]any{}
		for field, property := range registry.Map()[name].Properties {
			if others := property.Extensions[body.Excludes]; others != nil {
				excludes[field] = others
			}
		}
		got, err := json.Marshal(excludes)
		if err != nil || string(got) != want || registry.Map()[name].Not != nil {
			t.Errorf("%s: got %s %v, want %s", name, got, err, want)
		}
	}
}

func TestSchemaLeavesOutDescriptionsOfPatterns(t *testing.T) {
	_, registry := compileSample(t)
	if got := registry.Map()["Sample"].Properties["size"].PatternDescription; got != "" {
		t.Errorf("got %q", got)
	}
}

type sizes []int

func TestCompileRefusesWhatItCannotRead(t *testing.T) {
	for want, v := range map[string]any{
		"is not a struct": sizes{},
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
		_, err := body.Compile(reflect.TypeOf(v), maxValue)
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
