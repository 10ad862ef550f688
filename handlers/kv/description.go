// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"time"

	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// Description says what a key holds without its value.
type Description struct {
	// Type is that of the JSON value: object, array, string, number, boolean or null. For what only Redis commands can read
	// it is the type as TYPE of Redis reports it, such as hash or list; NoType if there is no such key; UnknownType if the
	// value was not looked at.
	Type string
	// Size is the length of the value as it is stored, in bytes, 0 for other types of Redis.
	Size int64
	// TTL is the time to live to the millisecond, NoExpiry or NoKey.
	TTL time.Duration
}

// UnknownType is the Type of a value that was not looked at.
const UnknownType = "unknown"

// BeginningBytes is how much of a value TypeOf needs.
const BeginningBytes = 64

// NoSuchKey describes a key that does not exist.
func NoSuchKey() Description { return Description{Type: NoType, TTL: NoKey} }

// TypeOf returns the type of a stored value of size bytes from its first BeginningBytes. Values that are not JSON are strings,
// as Stored makes them; of a long one only the beginning is looked at.
func TypeOf(beginning []byte, size int64) string {
	i := jsontext.SkipSpace(beginning, 0)
	if i == len(beginning) {
		return "string"
	}
	if size <= int64(len(beginning)) {
		end, err := jsontext.Skip(beginning, i, maxStoredDepth)
		if err != nil || jsontext.SkipSpace(beginning, end) != len(beginning) {
			return "string"
		}
	}
	switch beginning[i] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	}
	if size > int64(len(beginning)) && !numeric(beginning[i:]) {
		return "string"
	}
	switch beginning[i] {
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// numeric reports whether a long number can begin with the text.
func numeric(text []byte) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return false
		}
	}
	return text[0] == '-' || text[0] >= '0' && text[0] <= '9'
}
