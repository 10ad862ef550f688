// SPDX-License-Identifier: Apache-2.0

package body

import "github.com/danielgtaylor/huma/v2"

// Excludes is the extension of a property that names those that must not be given together with it. A boolean counts as given where
// it is true. JSON Schema says it by "not", of which generators make a class without a name, or nothing that compiles.
const Excludes = "x-excludes"

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

// describe says of each field which others it excludes.
func (o *object) describe(s *huma.Schema) {
	for _, e := range o.exclusions {
		names := make([]string, len(e.others))
		for i, other := range e.others {
			names[i] = o.fields[other].name
		}
		s.Properties[o.fields[e.field].name].Extensions = map[string]any{Excludes: names}
	}
}
