// SPDX-License-Identifier: Apache-2.0

package body

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/danielgtaylor/huma/v2"
)

// validator is a type that checks itself.
type validator interface{ Validate() error }

var validatorType = reflect.TypeFor[validator]()

// validate calls Validate of the value of type t at p.
func validate(t reflect.Type, p unsafe.Pointer) error {
	return reflect.NewAt(t, p).Interface().(validator).Validate()
}

const notString = "must be a string"

// compileText compiles a string.
func compileText(t reflect.Type, s *huma.Schema) (reader, error) {
	switch {
	case len(s.Enum) > 0:
		return oneOf(s.Enum, notString), nil
	case s.Pattern != "":
		return matching(s.Pattern, s.PatternDescription)
	case t.Implements(validatorType):
		return text(notString, func(st *state, _ string, p unsafe.Pointer) { st.refuseIf(validate(t, p)) }), nil
	case s.MinLength != nil && s.MaxLength != nil:
		return sized(*s.MinLength, *s.MaxLength), nil
	}
	return nil, errors.New("a string needs minLength and maxLength, a pattern, an enum, or a method Validate")
}

// text reads a string and has it checked. Anything else is refused with the message.
func text(notString string, check func(s *state, value string, p unsafe.Pointer)) reader {
	return func(s *state, text []byte, p unsafe.Pointer) {
		if text[0] != '"' {
			s.refuse(notString)
			return
		}
		value := s.unquote(text)
		*(*string)(p) = value
		check(s, value, p)
	}
}

// sized reads a string of least to most characters.
func sized(least, most int) reader {
	message := fmt.Sprintf("must have %d to %d characters", least, most)
	return text(notString, func(s *state, value string, _ unsafe.Pointer) {
		if n := utf8.RuneCountInString(value); n < least || n > most {
			s.refuse(message)
		}
	})
}

// matching reads a string that matches a pattern, which is described for people.
func matching(pattern, description string) (reader, error) {
	if description == "" {
		return nil, errors.New("a pattern needs a patternDescription")
	}
	form, err := regexp.Compile(pattern)
	message := "must be " + description
	return text(notString, func(s *state, value string, _ unsafe.Pointer) {
		if !form.MatchString(value) {
			s.refuse(message)
		}
	}), err
}

// oneOf reads one of a few words. notString is the message for what is not a string, empty for the same as for other words.
func oneOf(enum []any, notString string) reader {
	words := make([]string, len(enum))
	for i, word := range enum {
		words[i] = word.(string)
	}
	message := "must be one of " + strings.Join(words, ", ")
	return text(cmp.Or(notString, message), func(s *state, value string, _ unsafe.Pointer) {
		if !slices.Contains(words, value) {
			s.refuse(message)
		}
	})
}
