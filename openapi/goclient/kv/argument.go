// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
	"unicode/utf8"
)

// fail returns an error that this package found, of one operation.
func (op operation) fail(code Code, detail string, cause error) error {
	e := failure(code, detail, cause)
	e.Op = op.name
	return e
}

// checkText refuses names and patterns that JSON cannot hold: encoding/json would replace what is not UTF-8, and so turn
// different keys into one.
func checkText(op operation, what string, texts ...string) error {
	for i, text := range texts {
		if !utf8.ValidString(text) {
			return op.fail(ErrInvalidArgument, fmt.Sprintf("%s %d is not valid UTF-8", what, i), nil)
		}
	}
	return nil
}

// checkTarget refuses what nothing can be read into. kind is that of the value, reflect.Invalid for any.
func checkTarget(op operation, into any, kind reflect.Kind) error {
	p := reflect.ValueOf(into)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return op.fail(ErrInvalidArgument, fmt.Sprintf("the value is read into a pointer, not %T", into), nil)
	}
	if kind != reflect.Invalid && p.Type().Elem().Kind() != kind {
		return op.fail(ErrInvalidArgument, fmt.Sprintf("the values are read into a pointer to a slice, not %T", into), nil)
	}
	return nil
}

// encode writes a value as JSON.
func encode(op operation, value any) (json.RawMessage, error) {
	if raw, ok := value.(json.RawMessage); ok && len(raw) == 0 {
		return nil, op.fail(ErrInvalidArgument, "the json.RawMessage is empty: for null, it is kv.Null", nil)
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, op.fail(ErrInvalidArgument, "the value cannot be written as JSON: "+err.Error(), err)
	}
	// What encoding/json writes for bytes that are not UTF-8. Others may write it for U+FFFD.
	if bytes.Contains(text.Bytes(), []byte(`\ufffd`)) && !isText(reflect.ValueOf(value)) {
		return nil, op.fail(ErrInvalidArgument, "the value has text that is not valid UTF-8: as []byte, JSON holds it in base64", nil)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// decode reads a value.
func decode(op operation, value json.RawMessage, into any) error {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return op.fail(ErrUnexpectedValue, fmt.Sprintf("the value does not fit %T: %v", into, err), err)
	}
	return nil
}

// expiry returns a time to live as the server takes it, in seconds or milliseconds.
func expiry(op operation, ttl time.Duration) (ex, px *int64, err error) {
	switch {
	case ttl == 0:
		return nil, nil, nil
	case ttl < 0:
		return nil, nil, op.fail(ErrInvalidArgument, fmt.Sprintf("the time to live is %v: it must not be negative", ttl), nil)
	case ttl%time.Second == 0:
		return optional(int64(ttl / time.Second)), nil, nil
	}
	return nil, optional(roundUp(ttl, time.Millisecond)), nil
}

// roundUp returns how many units a duration has, at least.
func roundUp(d, unit time.Duration) int64 {
	n := int64(d / unit)
	if d%unit > 0 {
		n++
	}
	return n
}
