// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"encoding"
	"encoding/json"
	"reflect"
	"unicode/utf8"
)

// isText reports whether all strings that encoding/json finds in a value, which it was able to write, are valid UTF-8.
func isText(v reflect.Value) bool {
	if v.IsValid() && (v.Type().Implements(marshaler) || v.Type().Implements(textMarshaler)) {
		return true // the type writes itself
	}
	switch v.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || isText(v.Elem())
	case reflect.Slice, reflect.Array:
		return v.Type().Elem().Kind() == reflect.Uint8 || areTexts(v.Len(), v.Index)
	case reflect.Map:
		for key, value := range v.Seq2() {
			if !isText(key) || !isText(value) {
				return false
			}
		}
		return true
	case reflect.Struct:
		return areTexts(v.NumField(), func(i int) reflect.Value {
			if f := v.Type().Field(i); f.Tag.Get("json") == "-" || !f.IsExported() && !f.Anonymous {
				return reflect.Value{}
			}
			return v.Field(i)
		})
	}
	return true
}

var marshaler, textMarshaler = reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()

// areTexts reports whether each part of a value isText.
func areTexts(n int, part func(int) reflect.Value) bool {
	for i := range n {
		if !isText(part(i)) {
			return false
		}
	}
	return true
}
