// SPDX-License-Identifier: Apache-2.0

// Package body reads the bodies of requests. A body is a plain struct with huma's tags: Compile makes a decoder of it and
// of the schema that huma derives from the tags, so that a field is described in one place. The decoder knows what huma's
// validation does not: names that are given twice, the order in which errors are answered, and types that validate
// themselves. Package handlers alone imports it.
package body

import (
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// Decoder reads bodies of one type. It is safe for concurrent use.
type Decoder struct {
	pointer  reflect.Type // to the type
	object   *object
	objects  []*object // it and those within it
	levels   int       // of arrays and objects that a body may have
	maxValue int64
}

// Result is what Decode found.
type Result struct {
	// Err is kv.ErrTooLarge or kv.ErrMalformed: the body cannot be read at all.
	Err error
	// Violations are what is wrong with the fields.
	Violations Violations
	// Unread means that the fields were not read: the body is not an object, or too deep. Violations says so.
	Unread bool
}

// Decode reads data into v, a pointer to the type that the decoder was compiled for. It keeps no part of data.
func (d *Decoder) Decode(data []byte, v any) Result {
	if reflect.TypeOf(v) != d.pointer {
		panic(fmt.Sprintf("body: %T decoded as %s", v, d.pointer))
	}
	s := states.Get().(*state)
	defer s.free()
	s.maxValue = d.maxValue
	if err := d.read(s, data, v); s.malformed == nil {
		s.malformed = err
	}
	s.result.Err = s.malformed
	if s.tooLarge != nil {
		s.result.Err = s.tooLarge
	}
	return s.result
}

// read reads the one JSON text that data has to be.
func (d *Decoder) read(s *state, data []byte, v any) error {
	if !utf8.Valid(data) {
		return kv.Refuse(kv.ErrMalformed, "the body is not valid UTF-8")
	}
	start := jsontext.SkipSpace(data, 0)
	if start == len(data) {
		return kv.Refuse(kv.ErrMalformed, "the body is empty: send a JSON object")
	}
	end, err := d.text(s, data, start, v)
	if syntax, ok := errors.AsType[*jsontext.SyntaxError](err); ok {
		return kv.Refuse(kv.ErrMalformed, "the body is not JSON: %s", syntax)
	}
	if err == nil && jsontext.SkipSpace(data, end) < len(data) {
		return kv.Refuse(kv.ErrMalformed, "the body holds more than one JSON text")
	}
	return err
}

// text reads the text at data[start] and returns the offset behind it.
func (d *Decoder) text(s *state, data []byte, start int, v any) (int, error) {
	if data[start] != '{' {
		return s.skip(data, start, "must be a JSON object")
	}
	end, err := s.object(d.object, data, start, d.levels, reflect.ValueOf(v).UnsafePointer())
	if !errors.Is(err, jsontext.ErrDepth) {
		return end, err
	}
	return s.skip(data, start, fmt.Sprintf("must hold at most %d levels of arrays and objects in a value", kv.MaxDepth))
}

// maxSyntaxDepth bounds what is read of a body that is refused anyway. What is deeper is taken for well formed to its end.
const maxSyntaxDepth = 10_000

// skip reads a text only to find out whether it is well formed. The message is all that is wrong with it.
func (s *state) skip(data []byte, start int, message string) (int, error) {
	s.result.Unread, s.result.Violations, s.path = true, nil, nil
	s.refuse(message)
	end, err := jsontext.Skip(data, start, maxSyntaxDepth)
	if errors.Is(err, jsontext.ErrDepth) {
		return len(data), nil
	}
	return end, err
}
