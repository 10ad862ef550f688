// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// tree is a part of a document.
type tree = map[string]any

// bothForms are the documents that are served, as trees.
func bothForms(t *testing.T) map[string]tree {
	t.Helper()
	forms := map[string]tree{}
	for _, path := range []string{"/openapi.json", "/openapi-3.0.json"} {
		var document tree
		if err := json.Unmarshal(call(newDisabledAPI(t), http.MethodGet, path, "", "").Body.Bytes(), &document); err != nil {
			t.Fatal(err)
		}
		forms[path] = document
	}
	return forms
}

// each visits every object in a tree, with its path.
func each(node any, at string, visit func(at string, node tree)) {
	switch node := node.(type) {
	case tree:
		visit(at, node)
		for name, child := range node {
			each(child, at+"/"+name, visit)
		}
	case []any:
		for i, child := range node {
			each(child, fmt.Sprintf("%s/%d", at, i), visit)
		}
	}
}

// eachOperation visits every operation of a document.
func eachOperation(document tree, visit func(id string, op tree)) {
	for _, item := range document["paths"].(tree) {
		for _, op := range item.(tree) {
			visit(op.(tree)["operationId"].(string), op.(tree))
		}
	}
}

// resolved follows a reference within a document.
func resolved(document tree, node any) tree {
	n := node.(tree)
	ref, ok := n["$ref"].(string)
	if !ok {
		return n
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		document = document[part].(tree)
	}
	return document
}

// TestDocumentHasNothingWithoutAName finds what generators make no type of that compiles.
func TestDocumentHasNothingWithoutAName(t *testing.T) {
	t.Parallel()
	for form, document := range bothForms(t) {
		each(document["components"].(tree)["schemas"], "schemas", func(at string, node tree) {
			for _, keyword := range []string{"not", "oneOf", "anyOf", "allOf", "if", "patternProperties", "const"} {
				if _, ok := node[keyword]; ok {
					t.Errorf("%s: %s has %s", form, at, keyword)
				}
			}
			if node["type"] == "object" && node["properties"] != nil && strings.Count(at, "/") > 1 {
				t.Errorf("%s: %s is an object without a name", form, at)
			}
		})
	}
}

// TestDocumentSaysWhatExcludesEachOther compares what programs and people are told.
func TestDocumentSaysWhatExcludesEachOther(t *testing.T) {
	t.Parallel()
	for form, document := range bothForms(t) {
		found := 0
		each(document["components"].(tree)["schemas"], "schemas", func(at string, node tree) {
			others, _ := node["x-excludes"].([]any)
			for _, other := range others {
				found++
				if text, _ := node["description"].(string); !strings.Contains(text, other.(string)) {
					t.Errorf("%s: %s excludes %s, and says %q", form, at, other, text)
				}
			}
		})
		if found < 8 {
			t.Errorf("%s: %d exclusions", form, found)
		}
	}
}

// TestDocumentLetsAnswersGrow finds objects in answers that are closed, and those in requests that are not.
func TestDocumentLetsAnswersGrow(t *testing.T) {
	t.Parallel()
	for form, document := range bothForms(t) {
		answered, asked := map[string]tree{}, map[string]tree{}
		eachOperation(document, func(_ string, op tree) {
			collect(document, op["responses"], answered)
			collect(document, op["requestBody"], asked)
		})
		for name, s := range answered {
			if _, both := asked[name]; both && s["type"] == "object" {
				t.Errorf("%s: %s is in requests and in answers", form, name)
			}
			if s["type"] == "object" && s["additionalProperties"] != true {
				t.Errorf("%s: %s in answers has additionalProperties %v", form, name, s["additionalProperties"])
			}
		}
		for name, s := range asked {
			if s["type"] == "object" && s["additionalProperties"] != false {
				t.Errorf("%s: %s in requests has additionalProperties %v", form, name, s["additionalProperties"])
			}
		}
		if len(answered) < 30 || len(asked) < 15 {
			t.Errorf("%s: %d schemas in answers, %d in requests", form, len(answered), len(asked))
		}
	}
}

// collect finds the named schemas that a part of a document refers to, by way of others too.
func collect(document tree, node any, found map[string]tree) {
	each(node, "", func(_ string, n tree) {
		ref, _ := n["$ref"].(string)
		name, ok := strings.CutPrefix(ref, "#/components/schemas/")
		if _, seen := found[name]; ok && !seen {
			found[name] = resolved(document, n)
			collect(document, found[name], found)
		}
	})
}

// TestDocumentLeavesValuesOpen finds strings in answers that are closed lists, and values that the text does not name.
func TestDocumentLeavesValuesOpen(t *testing.T) {
	t.Parallel()
	for form, document := range bothForms(t) {
		answered := map[string]tree{}
		eachOperation(document, func(_ string, op tree) { collect(document, op["responses"], answered) })
		open := 0
		for name, s := range answered {
			each(s, name, func(at string, node tree) {
				if node["enum"] != nil {
					t.Errorf("%s: %s has an enum", form, at)
				}
				known, _ := node["x-extensible-enum"].([]any)
				for _, value := range known {
					open++
					if text, _ := node["description"].(string); !strings.Contains(text, value.(string)) {
						t.Errorf("%s: the text of %s does not name %s", form, at, value)
					}
				}
			})
		}
		if open < 50 {
			t.Errorf("%s: %d known values", form, open)
		}
		code := answered["Problem"]["properties"].(tree)["code"].(tree)
		for name, example := range document["components"].(tree)["examples"].(tree) {
			value, _ := example.(tree)["value"].(tree)
			if known := code["x-extensible-enum"].([]any); value["code"] != nil && !slices.Contains(known, value["code"]) {
				t.Errorf("%s: %s is not among the known codes", form, name)
			}
		}
	}
}

// TestDocumentHasASchemaForEachBody finds answers of which clients would make nothing, and operations whose problems they would not
// read.
func TestDocumentHasASchemaForEachBody(t *testing.T) {
	t.Parallel()
	for form, document := range bothForms(t) {
		eachOperation(document, func(id string, op tree) {
			if op["responses"].(tree)["default"] == nil {
				t.Errorf("%s: %s has no default answer", form, id)
			}
			for status, response := range op["responses"].(tree) {
				content, _ := resolved(document, response)["content"].(tree)
				if content == nil && status != "204" {
					t.Errorf("%s: %s %s has no content", form, id, status)
				}
				for media, body := range content {
					schema, _ := body.(tree)["schema"].(tree)
					switch {
					case media == "application/problem+json":
						if schema["$ref"] != "#/components/schemas/Problem" {
							t.Errorf("%s: %s %s is %v", form, id, status, schema)
						}
					case media == "application/json":
						if schema["$ref"] == nil {
							t.Errorf("%s: %s %s has a schema without a name", form, id, status)
						}
					case schema["type"] != "string" || schema["format"] != "binary":
						t.Errorf("%s: %s %s %s is %v", form, id, status, media, schema)
					}
				}
			}
		})
	}
}

// TestDocumentPresetsNoHeader finds examples of headers, which the documentation page would send.
func TestDocumentPresetsNoHeader(t *testing.T) {
	t.Parallel()
	for form, document := range bothForms(t) {
		eachOperation(document, func(id string, op tree) {
			parameters, _ := op["parameters"].([]any)
			for _, p := range parameters {
				p := resolved(document, p)
				schema := p["schema"].(tree)
				if p["in"] != "header" && p["in"] != "query" {
					continue
				}
				for _, value := range []any{p["example"], p["examples"], schema["example"], schema["examples"]} {
					if value != nil {
						t.Errorf("%s: %s sends %v for %s", form, id, value, p["name"])
					}
				}
				if p["in"] == "header" && schema["default"] != nil {
					t.Errorf("%s: %s sends %v for %s", form, id, schema["default"], p["name"])
				}
			}
		})
	}
}
