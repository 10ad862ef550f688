// SPDX-License-Identifier: Apache-2.0

package goclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Decode reads the body of an answer into a type of this package. Unlike json.Unmarshal it fails if the body is not what the
// document says: a field that is always there is missing, or null where it never is, or a value is of another kind. The error
// names the field, what it should be and what it is. Fields that it does not know are ignored, since later servers may add some.
func Decode(body []byte, into any) error {
	if !json.Valid(body) {
		return fmt.Errorf("the answer should be JSON, and begins with %q", beginning(body))
	}
	if err := check(body, reflect.TypeOf(into).Elem(), "the answer"); err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// shownBytes is how much of an answer an error shows.
const shownBytes = 80

func beginning(body []byte) []byte { return body[:min(len(body), shownBytes)] }

var (
	rawType         = reflect.TypeFor[json.RawMessage]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

// check returns an error if the JSON text does not fit the type. The text is valid.
func check(text []byte, t reflect.Type, at string) error {
	switch kind := kindOf(text); {
	case t == rawType || t.Kind() == reflect.Interface:
		return nil
	case t.Kind() == reflect.Pointer:
		if kind == "null" {
			return nil
		}
		return check(text, t.Elem(), at)
	case kind == "null" || !reflect.PointerTo(t).Implements(unmarshalerType) && kind != wanted(t):
		return fmt.Errorf("%s should be %s, and is %s", at, withArticle(wanted(t)), withArticle(kind))
	case reflect.PointerTo(t).Implements(unmarshalerType):
		return checkValue(text, t, at)
	}
	switch t.Kind() {
	case reflect.Struct:
		return checkFields(text, t, at)
	case reflect.Slice:
		return checkItems(text, t, at)
	}
	return checkValue(text, t, at)
}

// checkValue is check for what json.Unmarshal checks by itself.
func checkValue(text []byte, t reflect.Type, at string) error {
	if json.Unmarshal(text, reflect.New(t).Interface()) != nil {
		return fmt.Errorf("%s should be %s, and is %q", at, withArticle(wanted(t)), beginning(text))
	}
	return nil
}

func checkItems(text []byte, t reflect.Type, at string) error {
	if t.Elem() == rawType {
		return nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil {
		return err
	}
	for i, item := range items {
		if err := check(item, t.Elem(), at+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	return nil
}

func checkFields(text []byte, t reflect.Type, at string) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		value, given := fields[name]
		optional := strings.Contains(options, "omitempty")
		switch {
		case !given && !optional:
			return fmt.Errorf("%s has no field %q, and is %q", at, name, beginning(text))
		case given:
			if err := check(value, t.Field(i).Type, strconv.Quote(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// kindOf returns the kind of a JSON text.
func kindOf(text []byte) string {
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) == 0 {
		return "nothing"
	}
	switch text[0] {
	case '{':
		return "object"
	case '[':
		return "list"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// wanted returns the kind of JSON that a type holds.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		if reflect.PointerTo(t).Implements(unmarshalerType) {
			return "string" // a time
		}
		return "object"
	case reflect.Slice:
		return "list"
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	}
	return "number"
}

func withArticle(kind string) string {
	switch kind {
	case "object":
		return "an object"
	case "null", "nothing":
		return kind
	}
	return "a " + kind
}
