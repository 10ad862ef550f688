// SPDX-License-Identifier: Apache-2.0

package body

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Compile returns the decoder of bodies of type t, a struct whose fields have the tags of huma, and may have
// excludes:"a,b": the names of fields that must not be given together with this one. A boolean counts as given where it is
// true. maxValue bounds a value, in bytes.
//
// What a field takes depends on its Go type and schema. A type with a method Validate() error, which returns a
// *kv.Refusal, checks lengths and bounds itself. A type that implements Reader reads itself.
func Compile(t reflect.Type, maxValue int64) (*Decoder, error) {
	c := compiler{registry: huma.NewMapRegistry("#/", huma.DefaultSchemaNamer), levels: 1}
	o, err := c.object(t, 1)
	if err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	return &Decoder{
		pointer: reflect.PointerTo(t), object: o, objects: c.objects, levels: kv.MaxDepth + c.levels, maxValue: maxValue,
	}, nil
}

type compiler struct {
	registry huma.Registry
	objects  []*object
	levels   int // of arrays and objects that the deepest value is in
}

// object compiles a struct, the object at that level of the body.
func (c *compiler) object(t reflect.Type, level int) (*object, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is not a struct", t)
	}
	schema := c.registry.Schema(t, false, "")
	o := &object{of: t}
	var excludes []string // by field
	err := eachField(t, 0, func(f reflect.StructField, name string, offset uintptr) error {
		property := schema.Properties[name]
		if property == nil {
			return fmt.Errorf("%s.%s is not in the schema", t, f.Name)
		}
		read, err := c.value(f.Type, property, level)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t, f.Name, err)
		}
		o.fields = append(o.fields, field{
			name: name, offset: offset, required: slices.Contains(schema.Required, name), flag: f.Type.Kind() == reflect.Bool,
			preset: preset(f.Type, property), read: read,
		})
		excludes = append(excludes, f.Tag.Get("excludes"))
		return nil
	})
	if err == nil && len(o.fields) > maxFields {
		err = fmt.Errorf("%s has more than %d fields", t, maxFields)
	}
	if err == nil {
		err = o.exclude(excludes)
	}
	if err != nil {
		return nil, err
	}
	c.objects = append(c.objects, o)
	return o, nil
}

// eachField visits the fields that a JSON object can name, those of embedded structs in their place.
func eachField(t reflect.Type, base uintptr, visit func(f reflect.StructField, name string, offset uintptr) error) error {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		var err error
		switch {
		case !f.IsExported() || name == "-":
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			err = eachField(f.Type, base+f.Offset, visit)
		case name == "":
			err = fmt.Errorf("%s.%s has no name in JSON", t, f.Name)
		default:
			err = visit(f, name, base+f.Offset)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// preset returns what stores the default of a field, nil if it has none.
func preset(t reflect.Type, s *huma.Schema) func(unsafe.Pointer) {
	if s.Default == nil {
		return nil
	}
	value := reflect.ValueOf(s.Default).Convert(t)
	return func(p unsafe.Pointer) { reflect.NewAt(t, p).Elem().Set(value) }
}

// exclude resolves the names that the tags excludes hold.
func (o *object) exclude(tags []string) error {
	for i, tag := range tags {
		if tag == "" {
			continue
		}
		e := exclusion{field: i}
		for name := range strings.SplitSeq(tag, ",") {
			other := o.index([]byte(name))
			if other < 0 {
				return fmt.Errorf("%s excludes %q, which is not a field", o.fields[i].name, name)
			}
			e.others = append(e.others, other)
		}
		o.exclusions = append(o.exclusions, e)
	}
	return nil
}
