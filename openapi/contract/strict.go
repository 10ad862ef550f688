// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"
)

// Strict returns a document, as JSON, with what this version of the server keeps to and a client must not rely on. Answers
// have no other fields than those declared, and no other status; a string has one of the values that x-extensible-enum
// lists; properties that exclude each other, by x-excludes, are not given together.
func Strict(document []byte) ([]byte, error) {
	var tree any
	if err := yaml.Unmarshal(document, &tree); err != nil {
		return nil, err
	}
	tighten(tree)
	return json.Marshal(tree)
}

func tighten(node any) {
	switch node := node.(type) {
	case map[string]any:
		if known, ok := node["x-extensible-enum"]; ok {
			node["enum"] = known
		}
		if node["additionalProperties"] == true {
			delete(node, "additionalProperties") // the validator does not take declared fields for all where this is set
		}
		if responses, ok := node["responses"].(map[string]any); ok {
			delete(responses, "default")
		}
		if schema, ok := node["schema"].(map[string]any); ok && schema["format"] == "binary" {
			delete(node, "schema") // the validator would read NDJSON as JSON
		}
		if cases := exclusions(node); cases != nil {
			node["not"] = map[string]any{"anyOf": cases}
		}
		for _, child := range node {
			tighten(child)
		}
	case []any:
		for _, child := range node {
			tighten(child)
		}
	}
}

// exclusions returns the pairs of properties of a schema that must not be given together. A boolean is given where it is true.
func exclusions(schema map[string]any) (cases []any) {
	properties, _ := schema["properties"].(map[string]any)
	given := func(name string) any {
		if property, ok := properties[name].(map[string]any); ok && property["type"] == "boolean" {
			return map[string]any{"enum": []any{true}}
		}
		return map[string]any{}
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property, _ := properties[name].(map[string]any)
		others, _ := property["x-excludes"].([]any)
		for _, other := range others {
			other := other.(string)
			cases = append(cases, map[string]any{
				"required": []any{name, other}, "properties": map[string]any{name: given(name), other: given(other)},
			})
		}
	}
	return cases
}
