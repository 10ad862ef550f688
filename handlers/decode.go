// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// object is a JSON object that a caller sends: a body, or an entry of a list in one. huma decodes a body twice where
// it validates, and sees neither names given twice nor the order in which refusals are due. So every
// body is read here, once; the schema in openapi.yaml says the same, and a test holds the two together.
type object interface {
	// field reads one field, and reports false for a name that the object does not have.
	field(d *decoder, f field) bool
	// check finds what no single field can tell: what is missing, and what excludes each other.
	check(d *decoder)
}

// body is an object that is the whole of a request's body.
type body interface {
	object
	decoding() *decoder
}

// field is one member of an object. Both texts alias the body, which is gone when the decoding is over.
type field struct {
	name []byte // decoded
	text []byte // the JSON text of the value
}

// decoder reads one body. What is wrong with the body is kept until the refusals that come first are made.
type decoder struct {
	maxValue  int64
	tooLarge  error  // answered 413
	malformed error  // answered 400
	findings         // answered 422
	unread    bool   // the body is JSON, but not an object, or too deep to be read
	names     names  // of the object being read
	within    string // where that object is
}

func (d *decoder) decoding() *decoder { return d }

const (
	// bodyLevels are those of a body that has a value for a field, entriesLevels those of one that has a list of
	// entries with values.
	bodyLevels    = kv.MaxDepth + 1
	entriesLevels = kv.MaxDepth + 3
	// maxSyntaxDepth bounds what is read of a body that will be refused for its depth anyway.
	maxSyntaxDepth = 10_000
)

// decode reads data into b. maxValue bounds a value, in bytes.
func decode(data []byte, maxValue int64, b body) {
	d := b.decoding()
	d.maxValue = maxValue
	if !utf8.Valid(data) {
		d.malformed = kv.Refuse(kv.ErrMalformed, "the body is not valid UTF-8")
		return
	}
	start := jsontext.SkipSpace(data, 0)
	if start == len(data) {
		d.malformed = kv.Refuse(kv.ErrMalformed, "the body is empty: send a JSON object")
		return
	}
	end, err := d.top(data, start, b)
	if err == nil && jsontext.SkipSpace(data, end) < len(data) {
		err = kv.Refuse(kv.ErrMalformed, "the body holds more than one JSON text")
	}
	var syntax *jsontext.SyntaxError
	if errors.As(err, &syntax) {
		err = kv.Refuse(kv.ErrMalformed, "the body is not JSON: %s", syntax)
	}
	if d.malformed == nil {
		d.malformed = err
	}
}

// top reads the text at data[start], and returns the offset behind it.
func (d *decoder) top(data []byte, start int, b body) (int, error) {
	if data[start] != '{' {
		d.unread = true
		d.add("body", "must be a JSON object")
		end, err := jsontext.Skip(data, start, maxSyntaxDepth)
		return end, ignoreDepth(err, &end, data)
	}
	d.within = "body"
	levels := bodyLevels
	if _, ok := b.(*msetRequest); ok {
		levels = entriesLevels
	}
	end, err := d.object(data, start, levels, b)
	if !errors.Is(err, jsontext.ErrDepth) {
		return end, err
	}
	d.unread = true
	d.findings = nil
	d.add("body", fmt.Sprintf("must hold at most %d levels of arrays and objects in a value", kv.MaxDepth))
	end, err = jsontext.Skip(data, start, maxSyntaxDepth)
	return end, ignoreDepth(err, &end, data)
}

// ignoreDepth takes a text deeper than anybody writes for well formed, up to its end: it is refused for its depth.
func ignoreDepth(err error, end *int, data []byte) error {
	if errors.Is(err, jsontext.ErrDepth) {
		*end = len(data)
		return nil
	}
	return err
}

// object reads the object at data[i] into o, and returns the offset behind it.
func (d *decoder) object(data []byte, i, levels int, o object) (int, error) {
	outer := d.names
	defer func() { d.names = outer }()
	d.names = names{}
	end, err := jsontext.Walk(data, i, levels, func(quoted, text []byte) {
		name, err := memberName(quoted)
		if err != nil || !d.names.add(name) {
			d.malformed = kv.Refuse(kv.ErrMalformed, "the name of a field is given twice, or is no text")
			return
		}
		if !o.field(d, field{name, text}) {
			d.add(d.within, fmt.Sprintf("has no field named %.80q", name))
		}
	})
	if err == nil {
		o.check(d)
	}
	return end, err
}

// memberName returns the characters of a quoted name; without escapes they alias it.
func memberName(quoted []byte) ([]byte, error) {
	for _, c := range quoted {
		if c == '\\' {
			s, err := jsontext.Unquote(quoted)
			return []byte(s), err
		}
	}
	return quoted[1 : len(quoted)-1], nil
}

// names are the names of the fields seen in one object. The first few, which is all of them in a request that is
// not refused, cost no allocation.
type names struct {
	few  [8][]byte
	n    int
	more map[string]struct{}
}

// add reports false if the name was there.
func (s *names) add(name []byte) bool {
	if s.has(string(name)) {
		return false
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	if s.more == nil {
		s.more = map[string]struct{}{}
	}
	s.more[string(name)] = struct{}{}
	return true
}

func (s *names) has(name string) bool {
	for _, n := range s.few[:s.n] {
		if string(n) == name {
			return true
		}
	}
	_, ok := s.more[name]
	return ok
}
