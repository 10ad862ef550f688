// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tempskv/tempskv/handlers"
)

// documented is an operation with a body, as openapi.yaml has it.
type documented struct {
	id, method, path string
	example          map[string]any
	fields           []string
	schema           *jsonschema.Schema
}

// documentedBodies reads the operations that take a body from the document.
func documentedBodies(tb testing.TB, api *handlers.API) []documented {
	tb.Helper()
	document, err := jsonschema.UnmarshalJSON(call(api, http.MethodGet, "/openapi.json", "", "").Body)
	if err != nil {
		tb.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	// Of numbers the document says only the width, since bounds of 64 bits come out rounded.
	compiler.RegisterFormat(&jsonschema.Format{Name: "int64", Validate: isInt64})
	if err := compiler.AddResource("openapi.json", document); err != nil {
		tb.Fatal(err)
	}
	root := document.(map[string]any)
	var found []documented
	for path, item := range root["paths"].(map[string]any) {
		for method, operation := range item.(map[string]any) {
			body, ok := operation.(map[string]any)["requestBody"].(map[string]any)
			if !ok {
				continue
			}
			content := body["content"].(map[string]any)["application/json"].(map[string]any)
			ref := content["schema"].(map[string]any)["$ref"].(string)
			schema, err := compiler.Compile("openapi.json" + ref)
			if err != nil {
				tb.Fatal(err)
			}
			name := ref[strings.LastIndex(ref, "/")+1:]
			properties := root["components"].(map[string]any)["schemas"].(map[string]any)[name].(map[string]any)["properties"]
			found = append(found, documented{
				id: operation.(map[string]any)["operationId"].(string), method: strings.ToUpper(method),
				path: strings.ReplaceAll(path, "{id}", "1"), example: content["example"].(map[string]any),
				fields: slices.Sorted(maps.Keys(properties.(map[string]any))), schema: schema,
			})
		}
	}
	slices.SortFunc(found, func(a, b documented) int { return strings.Compare(a.id, b.id) })
	return found
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

// accepts tells whether the document accepts the body.
func (d *documented) accepts(tb testing.TB, body []byte) bool {
	tb.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		tb.Fatalf("%s: %v", body, err)
	}
	return d.schema.Validate(value) == nil
}

// refused are the statuses of a body that is not one of the operation's.
func refused(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusUnprocessableEntity
}

// oddValues are tried in every field of every body. Each is within what a schema can tell: byte lengths, depth and
// half surrogate pairs are tested elsewhere.
var oddValues = []string{
	`null`, `true`, `false`, `0`, `-0`, `1`, `-1`, `1.0`, `1.5`, `1e3`, `1E2`, `100e-2`, `1e-3`, `0.0`, `1000`, `1001`,
	`1000000000`, `1000000001`, `-1000000000`, `-1000000001`, `1000000000000`, `1000000000001`,
	`9007199254740991`, `9007199254740992`, `1e300`, `-1e300`, `123456789012345678901234567890`,
	`""`, `"a"`, `"A"`, `"OK"`, `"*"`, `"1"`, `"8"`, `"8.2"`, `"8.2.1.0"`, `"v8"`, `"256mb"`, `"1Gb"`, `"1 gb"`, `"0"`, `"-1mb"`,
	`"1tb"`, `"embedded"`, `"podman"`, `"Podman"`, `"noeviction"`, `"allkeys-lru"`, `"allkeys-random"`,
	`"2999-01-02T15:04:05Z"`, `"2999-01-02T15:04:05.5+02:00"`, `"2999-01-02"`, `"tomorrow"`, `"\u0000"`, `"é"`, `"\ud83d\ude00"`,
	`[]`, `[null]`, `[1]`, `[1.0]`, `[0]`, `["a"]`, `["a","a"]`, `[""]`, `["a",1]`, `["KvRead"]`, `["KvRead","kvwrite"]`,
	`["SystemAdmin","SystemRead","KvRead","KvWrite","KvRead"]`,
	`{}`, `{"a":1}`, `{"keys":1}`, `{"keys":-1,"bytes":0}`, `{"keys":-2}`, `{"keys":"1"}`, `{"Keys":1}`, `{"keys":1.5}`,
	`{"requests_per_second":1000000}`, `{"requests_per_second":1000001}`, `{"bytes":9007199254740992}`, `{"keys":null}`, `[{}]`, `[{"key":"a","value":1}]`, `[{"key":"a","value":1,"ex":1,"px":1}]`, `[{"key":"a"}]`,
	`[{"key":"a","value":null,"px":5},{"key":"","value":1}]`, `[{"key":"a","value":1,"more":1}]`, `[{"Key":"a","value":1}]`,
	quoted(200), quoted(201), quoted(256), quoted(257), quoted(512), quoted(513), quoted(32768), quoted(32769),
	list(1000), list(1001),
}

func quoted(n int) string { return `"` + strings.Repeat("k", n) + `"` }
func list(n int) string   { return `["a"` + strings.Repeat(`,"a"`, n-1) + `]` }

// variants are bodies around the example: every field left out, set to every odd value, and misspelt.
func (d *documented) variants() [][]byte {
	base := map[string]json.RawMessage{}
	for name, value := range d.example {
		base[name], _ = json.Marshal(value)
	}
	if d.scoped() {
		base["project_id"] = json.RawMessage(`1`)
	}
	bodies := [][]byte{marshal(base), []byte(`{}`), []byte(`[]`), []byte(`"a"`), []byte(`null`), []byte(` {} `)}
	for _, name := range d.fields {
		without := maps.Clone(base)
		delete(without, name)
		bodies = append(bodies, marshal(without))
		shouted := maps.Clone(without)
		shouted[strings.ToUpper(name)] = json.RawMessage(`1`)
		bodies = append(bodies, marshal(shouted))
		for _, value := range oddValues {
			for _, other := range append(d.fields, "") {
				with := maps.Clone(base)
				if other != "" && other != name {
					// A second field with a value that some operation takes, for what excludes each other.
					with[other] = json.RawMessage(pairs[other])
				}
				with[name] = json.RawMessage(value)
				bodies = append(bodies, marshal(with))
			}
		}
	}
	return bodies
}

// pairs are values for a field that stands beside an odd one.
var pairs = map[string]string{
	"ex": `5`, "px": `5`, "nx": `true`, "xx": `true`, "keepttl": `true`, "key": `"k"`, "value": `1`, "amount": `2`,
	"seconds": `3`, "keys": `["k"]`, "entries": `[{"key":"k","value":1}]`, "pattern": `"*"`, "cursor": `""`, "limit": `7`,
	"project_id": `1`, "docker_image": `"redis"`, "version": `"7"`, "max_memory": `"1mb"`, "persistence": `true`,
	"eviction": `"noeviction"`, "engine": `"embedded"`, "redis_url": `"redis://r"`, "name": `"n"`, "id": `2`,
	"read_only": `true`, "token": `"tk_x"`, "offset": `9`, "expires_at": `"2999-01-02T15:04:05Z"`, "permissions": `["KvRead"]`, "limits": `{"keys":1}`, "project_ids": `[1]`,
	"every_hours": `24`, "keep": `7`, "into": `2`, "replace": `true`, "keys_only": `true`,
}

// scoped tells whether it is a data operation, whose project an API key has to name.
func (d *documented) scoped() bool {
	return strings.HasPrefix(d.id, "kv") && slices.Contains(d.fields, "project_id")
}

// token returns one that may send the body: an API key has to name a project.
func (d *documented) token(body []byte) string {
	if d.scoped() && !bytes.Contains(body, []byte(`"project_id"`)) {
		return string(projectToken)
	}
	return string(adminToken)
}

func marshal(fields map[string]json.RawMessage) []byte {
	b, err := json.Marshal(fields)
	if err != nil {
		panic(fmt.Sprint(fields, err))
	}
	return b
}

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
			wrong := 0
			for _, body := range d.variants() {
				_, answer := unwatched(api, d.method, d.path, d.token(body), string(body))
				want := d.accepts(t, body)
				if got := !refused(answer.Code); got != want {
					t.Errorf("%.200s: answered %d %.300s, while the document accepts: %t", body, answer.Code, answer.Body, want)
					if wrong++; wrong > 5 {
						return
					}
				}
			}
		})
	}
}
