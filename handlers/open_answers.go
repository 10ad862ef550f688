// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// knownValues is the extension of a string in an answer that lists the values which are known so far.
const knownValues = "x-extensible-enum"

// openAnswers says of each object in an answer that later versions may add fields to it, and of each string that they may add
// values: generated clients refuse what is not one of an enum, and fields that are not explicitly allowed. Requests stay
// closed, as they are read.
func (a *API) openAnswers() {
	document := a.huma.OpenAPI()
	walk := schemaWalk{document.Components.Schemas.Map(), map[*huma.Schema]bool{}}
	for _, item := range document.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Delete} {
			if op != nil && op.RequestBody != nil {
				for _, media := range op.RequestBody.Content {
					walk.from(media.Schema)
				}
			}
		}
	}
	for _, s := range walk.named {
		if s.Type == huma.TypeObject && !walk.seen[s] {
			s.AdditionalProperties = true
			for name, property := range s.Properties {
				s.Properties[name] = walk.open(property)
				property.Items = walk.open(property.Items)
			}
		}
	}
}

// open returns the schema of an answer with the values of an enum in its text and in the extension. A named enum is one of
// requests.
func (w *schemaWalk) open(s *huma.Schema) *huma.Schema {
	if s == nil {
		return nil
	}
	enum := s
	if s.Ref != "" {
		enum = w.resolve(s)
	}
	if len(enum.Enum) == 0 {
		return s
	}
	opened := *enum
	opened.Enum, opened.Extensions = nil, map[string]any{knownValues: enum.Enum}
	values := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(enum.Enum)), ", "), "[]")
	opened.Description = strings.TrimSpace(enum.Description + " So far it is one of: " + values + ".")
	return &opened
}

// schemaWalk finds the schemas that one is made of.
type schemaWalk struct {
	named map[string]*huma.Schema
	seen  map[*huma.Schema]bool
}

// resolve returns what a reference refers to.
func (w *schemaWalk) resolve(s *huma.Schema) *huma.Schema {
	return w.named[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
}

func (w *schemaWalk) from(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Ref != "" {
		s = w.resolve(s)
	}
	if w.seen[s] {
		return
	}
	w.seen[s] = true
	w.from(s.Items)
	for _, property := range s.Properties {
		w.from(property)
	}
}
