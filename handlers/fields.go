// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// at returns where a field is.
func (d *decoder) at(f field) string { return d.within + "." + string(f.name) }

// refuse adds what is wrong with a field.
func (d *decoder) refuse(f field, message string) { d.add(d.at(f), message) }

// require finds the fields that are missing from the object being read.
func (d *decoder) require(names ...string) {
	for _, name := range names {
		if !d.names.has(name) {
			d.add(d.within, "must have the field "+name)
		}
	}
}

// exclusive finds two of the fields in the object being read.
func (d *decoder) exclusive(names ...string) {
	first := ""
	for _, name := range names {
		switch {
		case !d.names.has(name):
		case first != "":
			d.add(d.within, "must not have both "+first+" and "+name)
		default:
			first = name
		}
	}
}

// text reads a string.
func (d *decoder) text(f field) string {
	if f.text[0] != '"' {
		d.refuse(f, "must be a string")
		return ""
	}
	return d.unquote(f.text)
}

func (d *decoder) unquote(quoted []byte) string {
	s, err := jsontext.Unquote(quoted)
	if err != nil && d.malformed == nil {
		d.malformed = kv.Refuse(kv.ErrMalformed, "a string holds half a surrogate pair")
	}
	return s
}

// key reads a key.
func (d *decoder) key(f field) kv.Key {
	k := kv.Key(d.text(f))
	if f.text[0] != '"' {
		return ""
	}
	if err := k.Validate(); err != nil {
		d.refuseIf(d.at(f), err)
	}
	return k
}

// refuseIf adds the detail of a Refusal.
func (d *decoder) refuseIf(location string, err error) {
	var r *kv.Refusal
	if errors.As(err, &r) {
		d.add(location, r.Detail)
	}
}

// maxKeys is how many keys one request may name.
const maxKeys = 1000

// keys reads a list of 1 to maxKeys keys.
func (d *decoder) keys(f field) []kv.Key {
	keys := make([]kv.Key, 0, 8)
	d.each(f, maxKeys, func(location string, text []byte) {
		if text[0] != '"' {
			d.add(location, "must be a string")
			return
		}
		k := kv.Key(d.unquote(text))
		if err := k.Validate(); err != nil {
			d.refuseIf(location, err)
			return
		}
		keys = append(keys, k)
	})
	return keys
}

// each reads a list of 1 to most elements.
func (d *decoder) each(f field, most int, read func(location string, text []byte)) {
	if f.text[0] != '[' {
		d.refuse(f, "must be a list")
		return
	}
	n := 0
	// The text was walked over before: it is well formed.
	_, _ = jsontext.Walk(f.text, 0, entriesLevels, func(_, text []byte) {
		if n++; n <= most {
			read(d.at(f)+"["+strconv.Itoa(n-1)+"]", text)
		}
	})
	if n < 1 || n > most {
		d.refuse(f, fmt.Sprintf("must hold 1 to %d elements", most))
	}
}

// nested reads an object.
func (d *decoder) nested(f field, o object) {
	if f.text[0] != '{' {
		d.refuse(f, "must be an object")
		return
	}
	outer := d.within
	d.within = d.at(f)
	_, _ = d.object(f.text, 0, entriesLevels, o) // well formed: it was walked over before
	d.within = outer
}

// value reads any JSON value, in memory of its own.
func (d *decoder) value(f field) jsonValue {
	v := jsonValue(kv.Compact(f.text))
	if int64(len(v)) > d.maxValue {
		d.tooLarge = kv.Refuse(kv.ErrTooLarge, "a value may have at most %d bytes", d.maxValue)
	}
	return v
}

// boolean reads true or false.
func (d *decoder) boolean(f field) bool {
	switch string(f.text) {
	case "true":
		return true
	case "false":
	default:
		d.refuse(f, "must be true or false")
	}
	return false
}

// integer reads an integer from least to most.
func (d *decoder) integer(f field, least, most int64) int64 {
	n, ok := parseInteger(f.text)
	if !ok || n < least || n > most {
		d.refuse(f, fmt.Sprintf("must be an integer from %d to %d", least, most))
		return least
	}
	return n
}

// parseInteger reads a JSON number without a fraction other than zero: as JSON Schema has it, 1.0 and 1e3 are
// integers. It reports false for any other text, and for what 64 bits do not hold.
func parseInteger(text []byte) (int64, bool) {
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return n, true
	}
	mantissa, exponent, _ := bytes.Cut(bytes.ToLower(text), []byte("e"))
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	shift, err := strconv.Atoi(string(exponent))
	if len(exponent) > 0 && err != nil || !isNumber(text) {
		return 0, false
	}
	digits := append(bytes.Clone(whole), fraction...)
	point := len(whole) + shift
	if len(bytes.Trim(digits, "-0")) == 0 {
		return 0, true
	}
	const longest = 32 // more digits than 64 bits hold, however the number is written
	if point > len(digits)+longest || point < 0 {
		return 0, false
	}
	if point < len(digits) {
		if len(bytes.Trim(digits[point:], "0")) > 0 {
			return 0, false
		}
		digits = digits[:point]
	}
	digits = append(digits, bytes.Repeat([]byte("0"), point-len(digits))...)
	n, err := strconv.ParseInt(string(digits), 10, 64)
	return n, err == nil
}

func isNumber(text []byte) bool { return text[0] == '-' || '0' <= text[0] && text[0] <= '9' }

// pattern reads a glob.
func (d *decoder) pattern(f field) kv.Pattern {
	p := kv.Pattern(d.text(f))
	if err := p.Validate(); err != nil {
		d.refuseIf(d.at(f), err)
	}
	return p
}

// cursor reads a cursor; whether a store made it, the store tells.
func (d *decoder) cursor(f field) kv.Cursor {
	c := d.text(f)
	if len(c) > kv.MaxCursor {
		d.refuse(f, "must be a cursor that scan returned")
	}
	return kv.Cursor(c)
}

// sizedText reads a string of least to most characters.
func (d *decoder) sizedText(f field, least, most int) string {
	s := d.text(f)
	if n := utf8.RuneCountInString(s); f.text[0] == '"' && (n < least || n > most) {
		d.refuse(f, fmt.Sprintf("must have %d to %d characters", least, most))
	}
	return s
}

// oneOf reads one of a few words.
func (d *decoder) oneOf(f field, words ...string) string {
	s := d.text(f)
	if f.text[0] == '"' && !slices.Contains(words, s) {
		d.refuse(f, "must be one of "+strings.Join(words, ", "))
	}
	return s
}

// matching reads a string of a form.
func (d *decoder) matching(f field, form *regexp.Regexp, message string) string {
	s := d.text(f)
	if f.text[0] == '"' && !form.MatchString(s) {
		d.refuse(f, message)
	}
	return s
}

// memory reads an amount of memory.
func (d *decoder) memory(f field) kv.Memory {
	return kv.Memory(d.matching(f, memoryPattern, `must be an amount of memory such as "256mb" or "1gb"`))
}

// maxYear is the last that RFC 3339 can write.
const maxYear = 9999

// time reads a point in time, as RFC 3339 has it.
func (d *decoder) time(f field) time.Time {
	s := d.text(f)
	t, err := time.Parse(time.RFC3339, s)
	t = t.UTC()
	if f.text[0] == '"' && (err != nil || t.Year() > maxYear) {
		d.refuse(f, "must be a time such as 2030-01-02T15:04:05Z")
	}
	return t
}
