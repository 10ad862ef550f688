// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// shape is a schema of the document: what bodies are made from to test how they are read.
type shape struct {
	Ref                                      string `json:"$ref"`
	Type                                     any    // a name, or a list of them
	Format                                   string
	Examples                                 []any
	Enum                                     []any
	Minimum, Maximum                         *float64
	MinLength, MaxLength, MinItems, MaxItems *int
	Items                                    *shape
	Properties                               map[string]shape
	Required                                 []string
}

// resolved returns the shape with what it refers to in its place.
func (s shape) resolved(schemas map[string]shape) shape {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return schemas[name].resolved(schemas)
	}
	if s.Items != nil {
		s.Items = new(s.Items.resolved(schemas))
	}
	properties := map[string]shape{}
	for name, property := range s.Properties {
		properties[name] = property.resolved(schemas)
	}
	s.Properties = properties
	return s
}

// good returns a value that the schema accepts.
func (s shape) good() string {
	switch {
	case s.Format == "date-time":
		return `"2999-01-02T15:04:05Z"`
	case len(s.Examples) > 0:
		return quote(s.Examples[0])
	case len(s.Enum) > 0:
		return quote(s.Enum[0])
	case s.Type == "integer" && s.Minimum != nil:
		return number(*s.Minimum)
	case s.Type == "string":
		return quoted(1)
	case s.Type == "boolean":
		return `true`
	case s.Type == "array":
		return list(s.Items.good(), *s.MinItems)
	case s.Type == "object":
		return s.object(nil)
	}
	return `1`
}

// object returns an object of the fields given and, where those are not among them, the required ones.
func (s shape) object(fields map[string]string) string {
	all := maps.Clone(fields)
	for _, name := range s.Required {
		if _, ok := all[name]; !ok {
			if all == nil {
				all = map[string]string{}
			}
			all[name] = s.Properties[name].good()
		}
	}
	return members(all)
}

// oddValues are of every type, for a field of any.
var oddValues = []string{
	`null`, `true`, `false`, `0`, `-0`, `1`, `-1`, `1.0`, `1.5`, `1e3`, `1E2`, `100e-2`, `1e-3`, `0.0`, `1e300`, `-1e300`,
	`9007199254740991`, `9007199254740992`, `123456789012345678901234567890`, `""`, `"a"`, `"A"`, `"1"`, `"-1"`, `"1.0"`,
	`"a b"`, `"\u0000"`, `"é"`, `"\ud83d\ude00"`, `"2999-01-02"`, `"2999-01-02T15:04:05.5+02:00"`, `"tomorrow"`,
	`[]`, `[null]`, `[1]`, `["a"]`, `[[]]`, `[{}]`, `{}`, `{"a":1}`,
}

// values are just inside and just outside of the schema.
func (s shape) values() []string {
	values := append([]string{s.good()}, oddValues...)
	if s.Minimum != nil {
		values = append(values, number(*s.Minimum-1), number(*s.Minimum), number(*s.Minimum)+".0", number(*s.Minimum+1))
	}
	if s.Maximum != nil {
		values = append(values, number(*s.Maximum-1), number(*s.Maximum), number(*s.Maximum)+".0", number(*s.Maximum+1))
	}
	if s.MaxLength != nil {
		values = append(values, quoted(*s.MaxLength), quoted(*s.MaxLength+1))
	}
	for _, text := range s.texts() {
		for _, near := range []string{
			text, text[1:], "x" + text, text + "x", "-" + text, text + " ", text + text, text + "." + text, strings.ToUpper(text),
		} {
			values = append(values, quote(near))
		}
	}
	if s.Items != nil {
		good := s.Items.good()
		values = append(values, list(good, *s.MinItems-1), list(good, *s.MinItems), list(good, *s.MaxItems), list(good, *s.MaxItems+1))
		for _, item := range s.Items.values() {
			values = append(values, "["+item+"]", "["+good+","+item+"]")
		}
	}
	if len(s.Properties) > 0 {
		values = append(values, s.objects()...)
	}
	return values
}

// objects are those that differ from a good one in a field or two.
func (s shape) objects() (objects []string) {
	names := slices.Sorted(maps.Keys(s.Properties))
	for _, name := range names {
		objects = append(objects, s.object(map[string]string{strings.ToUpper(name): `1`}))
		for _, value := range s.Properties[name].values() {
			objects = append(objects, members(map[string]string{name: value}))
			for _, other := range names { // for what excludes each other
				fields := map[string]string{other: s.Properties[other].good()}
				fields[name] = value
				objects = append(objects, s.object(fields))
			}
		}
	}
	return objects
}

// variants are bodies around what the operation takes, and no duplicates.
func (d *documented) variants(tb testing.TB) [][]byte {
	tb.Helper()
	var bodies [][]byte
	texts := append([]string{string(d.example), ` {} `}, d.shape.values()...)
	slices.Sort(texts)
	for _, text := range slices.Compact(texts) {
		bodies = append(bodies, []byte(text))
	}
	return bodies
}

func members(fields map[string]string) string {
	raw := map[string]json.RawMessage{}
	for name, value := range fields {
		raw[name] = json.RawMessage(value)
	}
	return quote(raw)
}

// texts are strings that the schema accepts. The examples of points in time are past some day.
func (s shape) texts() (texts []string) {
	examples := append(s.Enum, s.Examples...)
	if s.Format == "date-time" {
		examples = []any{"2999-01-02T15:04:05Z"}
	}
	for _, example := range examples {
		if text, ok := example.(string); ok && text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

func quote(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
func quoted(n int) string     { return `"` + strings.Repeat("k", n) + `"` }

func list(element string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}
