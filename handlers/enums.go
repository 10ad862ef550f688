// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/engine"
)

// namedEnums are lists of values that several schemas share. Each gets its own schema, of which generators of clients
// make one type instead of one for every field.
var namedEnums = []struct {
	name, description string
	values            []any
}{
	{"Permission", "What a token may do: SystemAdmin everything, SystemRead full status, lists and audit, KvRead and " +
		"KvWrite the data operations.", []any{"SystemAdmin", "SystemRead", "KvRead", "KvWrite"}},
	{"Eviction", "What happens where max_memory is reached: noeviction, the default, refuses writes; the others make room.",
		[]any{string(engine.NoEviction), string(engine.VolatileLRU), string(engine.AllKeysLRU)}},
}

// nameEnums replaces lists of values with references to named enums. A reference has no description: OpenAPI 3.0 allows none.
func (a *API) nameEnums() {
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	for _, e := range namedEnums {
		ref := &huma.Schema{Ref: "#/components/schemas/" + e.name}
		lists := func(s *huma.Schema) bool { return s != nil && slices.Equal(s.Enum, e.values) }
		for _, s := range schemas {
			for name, property := range s.Properties {
				if lists(property) {
					s.Properties[name] = ref
				} else if lists(property.Items) {
					property.Items = ref
				}
			}
		}
		schemas[e.name] = &huma.Schema{Type: huma.TypeString, Description: e.description, Enum: e.values}
	}
}
