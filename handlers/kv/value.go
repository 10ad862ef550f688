// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"unicode/utf8"

	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// Limits of values and answers. On Lambda they are smaller, since an invocation carries 6 MB either way.
const (
	DefaultMaxValue  = 10 << 20 // bytes
	DefaultMaxAnswer = 16 << 20 // bytes
	MaxDepth         = 64       // levels of arrays and objects in a value that is set
)

// maxStoredDepth bounds the depth of stored JSON that another Redis client wrote.
const maxStoredDepth = 10_000

// Value is a JSON text as it was sent, less insignificant white space: numbers, escapes, the order of members and
// names given twice are unchanged. nil means that there is no such key; the JSON null is the text "null".
type Value []byte

// Compact returns the value of a well-formed text, in newly allocated memory.
func Compact(text []byte) Value {
	return jsontext.AppendCompact(make([]byte, 0, len(text)), text)
}

// Stored returns the value of a stored text, or a JSON string of it if the text is not JSON because another Redis
// client wrote it. It may retain the text.
func Stored(text []byte) Value {
	compact, err := jsontext.Check(text, maxStoredDepth)
	switch {
	case err != nil || !utf8.Valid(text):
		return jsontext.AppendQuote(nil, string(text))
	case !compact:
		return Compact(text)
	}
	return text
}
