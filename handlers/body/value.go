// SPDX-License-Identifier: Apache-2.0

package body

import (
	"errors"
	"fmt"
	"reflect"
	"time"
	"unsafe"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// Reader is a type that reads its own JSON text, whatever that is. It must not keep the text.
type Reader interface{ ReadJSON(text []byte) }

var (
	readerType = reflect.TypeFor[Reader]()
	timeType   = reflect.TypeFor[time.Time]()
)

// value compiles what a field or an element of that type takes, in an object or list at that level of the body.
func (c *compiler) value(t reflect.Type, s *huma.Schema, level int) (reader, error) {
	switch {
	case reflect.PointerTo(t).Implements(readerType):
		return readItself(t), nil
	case t == timeType:
		return readTime, nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return c.pointer(t.Elem(), s, level)
	case reflect.Struct:
		return c.nested(t, level)
	case reflect.Slice:
		return c.slice(t, s, level)
	case reflect.String:
		return compileText(t, s)
	case reflect.Int, reflect.Int64:
		return compileInteger(t, s), nil
	case reflect.Bool:
		return readBoolean, nil
	}
	return nil, fmt.Errorf("%s cannot be read", t)
}

func readItself(t reflect.Type) reader {
	return func(_ *state, text []byte, p unsafe.Pointer) { reflect.NewAt(t, p).Interface().(Reader).ReadJSON(text) }
}

// pointer compiles a field that is nil where it is not given.
func (c *compiler) pointer(t reflect.Type, s *huma.Schema, level int) (reader, error) {
	read, err := c.value(t, s, level)
	return func(st *state, text []byte, p unsafe.Pointer) {
		target := reflect.New(t).UnsafePointer()
		*(*unsafe.Pointer)(p) = target
		read(st, text, target)
	}, err
}

// nested compiles an object in the body.
func (c *compiler) nested(t reflect.Type, level int) (reader, error) {
	o, err := c.object(t, level+1)
	return func(s *state, text []byte, p unsafe.Pointer) {
		if text[0] != '{' {
			s.refuse("must be an object")
			return
		}
		_, _ = s.object(o, text, 0, maxSyntaxDepth, p) // well formed: it was walked over before
	}, err
}

// slice compiles a list, or any JSON value, which is kept as its text.
func (c *compiler) slice(t reflect.Type, s *huma.Schema, level int) (reader, error) {
	switch {
	case t.Elem().Kind() == reflect.Uint8 && s.Type == "":
		c.levels = max(c.levels, level)
		return readText, nil
	case s.Items == nil || s.MinItems == nil || s.MaxItems == nil:
		return nil, errors.New("a list needs minItems and maxItems")
	}
	read, err := c.element(t.Elem(), s.Items, level+1)
	if err != nil {
		return nil, err
	}
	least, most, size := *s.MinItems, *s.MaxItems, t.Elem().Size()
	message := fmt.Sprintf("must hold %d to %d elements", least, most)
	return func(s *state, text []byte, p unsafe.Pointer) {
		if text[0] != '[' {
			s.refuse("must be a list")
			return
		}
		list := reflect.NewAt(t, p).Elem()
		n := 0
		// It was walked over before: it is well formed.
		_, _ = jsontext.Walk(text, 0, maxSyntaxDepth, func(_, text []byte) {
			if n++; n > most {
				return
			}
			if n > list.Cap() {
				list.Grow(firstElements)
			}
			list.SetLen(n)
			s.enter(step{index: n - 1})
			read(s, text, unsafe.Add(list.UnsafePointer(), uintptr(n-1)*size))
			s.leave()
		})
		if n < least || n > most {
			s.refuse(message)
		}
	}, nil
}

// element compiles an element of a list.
func (c *compiler) element(t reflect.Type, s *huma.Schema, level int) (reader, error) {
	if len(s.Enum) > 0 {
		return oneOf(s.Enum, ""), nil
	}
	return c.value(t, s, level)
}

// firstElements is how many elements a list has room for at first.
const firstElements = 8

// readText keeps a copy of any JSON value.
func readText(s *state, text []byte, p unsafe.Pointer) {
	value := kv.Compact(text)
	if int64(len(value)) > s.maxValue {
		s.tooLarge = kv.Refuse(kv.ErrTooLarge, "a value may have at most %d bytes", s.maxValue)
	}
	*(*kv.Value)(p) = value
}

func readBoolean(s *state, text []byte, p unsafe.Pointer) {
	switch string(text) {
	case "true":
		*(*bool)(p) = true
	case "false":
	default:
		s.refuse("must be true or false")
	}
}

// maxYear is the last that RFC 3339 can write.
const maxYear = 9999

func readTime(s *state, text []byte, p unsafe.Pointer) {
	if text[0] != '"' {
		s.refuse("must be a string")
		return
	}
	t, err := time.Parse(time.RFC3339, s.unquote(text))
	if *(*time.Time)(p) = t.UTC(); err != nil || t.UTC().Year() > maxYear {
		s.refuse("must be a time such as 2030-01-02T15:04:05Z")
	}
}
