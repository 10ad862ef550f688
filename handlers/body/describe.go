// SPDX-License-Identifier: Apache-2.0

package body

import "github.com/danielgtaylor/huma/v2"

// Describe completes the schema of the type in the registry of a document: it says which fields exclude each other, and
// leaves out what describes patterns for people.
func (d *Decoder) Describe(registry huma.Registry) {
	for _, o := range d.objects {
		s := registry.Schema(o.of, false, "")
		o.describe(s)
		for _, property := range s.Properties {
			property.PatternDescription = ""
		}
	}
}

// describe says that an object must not be any of a list of cases. Generators of clients pass over a single "not" without
// harm.
func (o *object) describe(s *huma.Schema) {
	var cases []*huma.Schema
	for _, e := range o.exclusions {
		for _, other := range e.others {
			cases = append(cases, o.both(e.field, other))
		}
	}
	switch len(cases) {
	case 0:
	case 1:
		s.Not = cases[0]
	default:
		s.Not = &huma.Schema{AnyOf: cases}
	}
}

// both is the case that both fields are given. It names them as properties too: linters take a required field that is
// not a property for a slip.
func (o *object) both(fields ...int) *huma.Schema {
	s := &huma.Schema{Properties: map[string]*huma.Schema{}}
	for _, i := range fields {
		f := &o.fields[i]
		property := &huma.Schema{}
		if f.flag {
			property.Enum = []any{true}
		}
		s.Required = append(s.Required, f.name)
		s.Properties[f.name] = property
	}
	return s
}
