// SPDX-License-Identifier: Apache-2.0

package body

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"unsafe"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// object reads a JSON object into a struct.
type object struct {
	of         reflect.Type
	fields     []field // in the order of the struct
	exclusions []exclusion
}

// field is a field of the struct.
type field struct {
	name     string
	offset   uintptr
	required bool
	flag     bool                 // a boolean, which excludes others only where it is true
	preset   func(unsafe.Pointer) // stores the default, nil if there is none
	read     reader
}

// reader reads the JSON text of a value into the memory at p. The text is well formed.
type reader func(s *state, text []byte, p unsafe.Pointer)

// exclusion is a field that must not come with any of the others.
type exclusion struct {
	field  int
	others []int
}

// fieldSet is a set of the fields of one object.
type fieldSet uint64

const maxFields = 64

// maxUnknown bounds how many unknown names are remembered to find one that is given twice.
const maxUnknown = 256

func (f fieldSet) has(i int) bool { return f&(1<<i) != 0 }

// object reads the object at data[i] into the struct at p, and returns the offset behind it.
func (s *state) object(o *object, data []byte, i, levels int, p unsafe.Pointer) (int, error) {
	var given fieldSet
	var unknown map[string]bool
	end, err := jsontext.Walk(data, i, levels, func(quoted, text []byte) {
		name, err := unquoteName(quoted)
		n := o.index(name)
		switch {
		case err != nil || n >= 0 && given.has(n) || n < 0 && unknown[string(name)]:
			s.malformed = kv.Refuse(kv.ErrMalformed, "the name of a field is given twice, or is no text")
		case n < 0 && len(unknown) == maxUnknown: // that it is refused is known by now
		case n < 0:
			if unknown == nil {
				unknown = map[string]bool{}
			}
			unknown[string(name)] = true
			s.refuse(fmt.Sprintf("has no field named %.80q", name))
		default:
			given |= 1 << n
			f := &o.fields[n]
			s.enter(step{name: f.name})
			f.read(s, text, unsafe.Add(p, f.offset))
			s.leave()
		}
	})
	if err == nil {
		o.complete(s, given, p)
	}
	return end, err
}

// unquoteName returns the characters of a quoted name; without escapes they alias it.
func unquoteName(quoted []byte) ([]byte, error) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], nil
	}
	name, err := jsontext.Unquote(quoted)
	return []byte(name), err
}

// index returns the index of the field of that name, -1 if there is none.
func (o *object) index(name []byte) int {
	for i := range o.fields {
		if o.fields[i].name == string(name) {
			return i
		}
	}
	return -1
}

// complete finds what no single field shows, and stores the defaults of what is not given.
func (o *object) complete(s *state, given fieldSet, p unsafe.Pointer) {
	for i := range o.fields {
		f := &o.fields[i]
		switch {
		case given.has(i):
		case f.required:
			s.refuse("must have the field " + f.name)
		case f.preset != nil:
			f.preset(unsafe.Add(p, f.offset))
		}
	}
	for _, e := range o.exclusions {
		if o.violates(e, given, p) {
			s.refuse(o.message(e))
		}
	}
}

// violates reports whether a field is given together with one that it excludes.
func (o *object) violates(e exclusion, given fieldSet, p unsafe.Pointer) bool {
	counts := func(i int) bool {
		f := &o.fields[i]
		return given.has(i) && (!f.flag || *(*bool)(unsafe.Add(p, f.offset)))
	}
	if !counts(e.field) {
		return false
	}
	for _, other := range e.others {
		if counts(other) {
			return true
		}
	}
	return false
}

func (o *object) message(e exclusion) string {
	names := make([]string, len(e.others))
	for i, other := range e.others {
		names[i] = o.fields[other].name
	}
	if len(names) == 1 {
		return "must not have both " + o.fields[e.field].name + " and " + names[0]
	}
	return "must not have " + o.fields[e.field].name + " together with " + strings.Join(names, " or ")
}
