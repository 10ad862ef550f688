// SPDX-License-Identifier: Apache-2.0

package handlers

import "github.com/danielgtaylor/huma/v2"

// What the schemas say of fields that exclude each other: an object must not be any of a list of cases. A
// single "not" is what generators of clients pass over without harm.

func anyOf(cases ...*huma.Schema) *huma.Schema { return &huma.Schema{AnyOf: cases} }

// given is the case that all of the fields are there. It names them as properties too: linters take a required field
// that is none for a slip.
func given(names ...string) *huma.Schema {
	s := &huma.Schema{Required: names, Properties: map[string]*huma.Schema{}}
	for _, name := range names {
		s.Properties[name] = &huma.Schema{}
	}
	return s
}

// whereTrue narrows a case to fields that are true.
func whereTrue(s *huma.Schema, names ...string) *huma.Schema {
	for _, name := range names {
		s.Properties[name] = &huma.Schema{Enum: []any{true}}
	}
	return s
}
