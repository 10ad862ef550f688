// SPDX-License-Identifier: Apache-2.0

// Package jsontext reads JSON as text: it finds where values begin and end and whether they are well formed
// (RFC 8259), and builds nothing. Values of a key-value store are kept byte for byte, so numbers, escapes, the order
// of members and names given twice have to come out as they went in, which encoding/json does not offer.
// It uses the standard library alone; package kv and package handlers import it.
package jsontext

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// ErrDepth is returned for a value with more levels than allowed.
var ErrDepth = errors.New("nested too deeply")

// SyntaxError says where text stops being JSON. It never holds a part of the text.
type SyntaxError struct {
	Offset int // bytes from the start
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at byte %d", e.Reason, e.Offset)
}

// Skip returns the offset behind the one value that begins at data[i], which may have at most depth levels: 0 allows
// only what is no array and no object. It does not look at what follows, nor whether strings are UTF-8.
// Errors: *SyntaxError, ErrDepth.
func Skip(data []byte, i, depth int) (int, error) {
	s := scanner{data: data}
	return s.value(i, depth)
}

// Walk calls visit for each member of the object, or each element of the array, that begins at data[i], in order,
// with the text of its name, quoted (nil for an element), and of its value. It returns the offset behind the whole.
// depth is as for Skip and counts the walked object or array too. Errors: those of Skip.
func Walk(data []byte, i, depth int, visit func(name, value []byte)) (int, error) {
	s := scanner{data: data}
	return s.walk(i, depth, visit)
}

// Check returns an error if the text is not one value of at most depth levels, white space around it allowed. It reports
// whether the text is compact, which is without insignificant white space. It does not look whether strings are UTF-8.
// Errors: those of Skip.
func Check(text []byte, depth int) (compact bool, err error) {
	s := scanner{data: text}
	end, err := s.value(s.space(0), depth)
	if err != nil {
		return false, err
	}
	if end = s.space(end); end < len(text) {
		return false, &SyntaxError{end, "the text goes on after the value"}
	}
	return s.spaces == 0, nil
}

// SkipSpace returns the offset of the first byte from data[i] on that is not insignificant white space.
func SkipSpace(data []byte, i int) int {
	for i < len(data) && isSpace(data[i]) {
		i++
	}
	return i
}

// scanner reads a text. Its methods take the offset where something begins and return that behind it.
type scanner struct {
	data   []byte
	spaces int // bytes of insignificant white space so far
}

func (s *scanner) space(i int) int {
	if i >= len(s.data) || s.data[i] > ' ' {
		return i
	}
	end := SkipSpace(s.data, i)
	s.spaces += end - i
	return end
}

func (s *scanner) value(i, depth int) (int, error) {
	if i >= len(s.data) {
		return i, &SyntaxError{i, "the text ends where a value is expected"}
	}
	switch c := s.data[i]; {
	case c == '"':
		return skipString(s.data, i)
	case c == '{' || c == '[':
		return s.walk(i, depth, nil)
	case c == '-' || isDigit(c):
		return skipNumber(s.data, i)
	case c == 't':
		return skipLiteral(s.data, i, "true")
	case c == 'f':
		return skipLiteral(s.data, i, "false")
	case c == 'n':
		return skipLiteral(s.data, i, "null")
	}
	return i, &SyntaxError{i, "a value is expected"}
}

func (s *scanner) walk(i, depth int, visit func(name, value []byte)) (int, error) {
	if depth == 0 {
		return i, ErrDepth
	}
	data := s.data
	end := data[i] + 2 // in ASCII a bracket or brace closes two behind the one that opens
	i = s.space(i + 1)
	if i < len(data) && data[i] == end {
		return i + 1, nil
	}
	for {
		var name []byte
		if end == '}' {
			start := i
			stop, next, err := s.name(i)
			if err != nil {
				return next, err
			}
			name, i = data[start:stop], next
		}
		start := i
		var err error
		if i, err = s.value(i, depth-1); err != nil {
			return i, err
		}
		if visit != nil {
			visit(name, data[start:i])
		}
		i = s.space(i)
		switch {
		case i < len(data) && data[i] == end:
			return i + 1, nil
		case i >= len(data) || data[i] != ',':
			return i, &SyntaxError{i, "a comma or the end of an object or array is expected"}
		}
		i = s.space(i + 1)
	}
}

// name skips the name of a member with its colon, and returns the offsets behind the name and of the value.
func (s *scanner) name(i int) (stop, value int, err error) {
	if i >= len(s.data) || s.data[i] != '"' {
		return i, i, &SyntaxError{i, "the name of a member is expected"}
	}
	stop, err = skipString(s.data, i)
	if err != nil {
		return stop, stop, err
	}
	i = s.space(stop)
	if i >= len(s.data) || s.data[i] != ':' {
		return stop, i, &SyntaxError{i, "a colon is expected"}
	}
	return stop, s.space(i + 1), nil
}

func skipString(data []byte, i int) (int, error) {
	for i = skipPlain(data, i+1); i < len(data); i = skipPlain(data, i) {
		switch data[i] {
		case '"':
			return i + 1, nil
		case '\\':
			n := escapeLen(data[i:])
			if n == 0 {
				return i, &SyntaxError{i, "an escape in a string is not one of JSON's"}
			}
			i += n
		default:
			return i, &SyntaxError{i, "a control character in a string has to be escaped"}
		}
	}
	return i, &SyntaxError{i, "the text ends within a string"}
}

// skipPlain returns the offset of the first byte from data[i] on that is not plain. It goes eight bytes at a time,
// since most bytes of most values are within strings.
func skipPlain(data []byte, i int) int {
	for i+8 <= len(data) {
		if odd := notPlain(binary.LittleEndian.Uint64(data[i:])); odd != 0 {
			return i + bits.TrailingZeros64(odd)/8
		}
		i += 8
	}
	for i < len(data) && plain[data[i]] {
		i++
	}
	return i
}

// notPlain returns a word whose lowest bit that is set is in the first of the eight bytes of w that is not plain, 0 if all
// are. Subtracting n from every byte borrows into the highest bit of those below n; a byte that is equal to c is below 1
// once c is xored out. What a byte borrows from the next one can only set bits above its own.
func notPlain(w uint64) uint64 {
	const ones, highs = 0x01_01_01_01_01_01_01_01, 0x80_80_80_80_80_80_80_80
	control := w - ones*0x20
	quote := w ^ ones*'"' - ones
	backslash := w ^ ones*'\\' - ones
	return (control | quote | backslash) &^ w & highs
}

// escapeLen returns the length of the escape that s begins with, 0 if it is none.
func escapeLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 && isHex(s[2]) && isHex(s[3]) && isHex(s[4]) && isHex(s[5]) {
			return 6
		}
	}
	return 0
}

func skipNumber(data []byte, i int) (int, error) {
	if data[i] == '-' {
		i++
	}
	if i < len(data) && data[i] == '0' {
		i++
	} else if n := skipDigits(data, i); n > i {
		i = n
	} else {
		return i, &SyntaxError{i, "a digit is expected"}
	}
	if i < len(data) && data[i] == '.' {
		n := skipDigits(data, i+1)
		if n == i+1 {
			return n, &SyntaxError{n, "a digit is expected"}
		}
		i = n
	}
	if i < len(data) && (data[i] == 'e' || data[i] == 'E') {
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		n := skipDigits(data, i)
		if n == i {
			return n, &SyntaxError{n, "a digit is expected"}
		}
		i = n
	}
	return i, nil
}

func skipDigits(data []byte, i int) int {
	for i < len(data) && isDigit(data[i]) {
		i++
	}
	return i
}

func skipLiteral(data []byte, i int, literal string) (int, error) {
	if len(data)-i < len(literal) || string(data[i:i+len(literal)]) != literal {
		return i, &SyntaxError{i, "a value is expected"}
	}
	return i + len(literal), nil
}

// plain are the bytes that a string may hold as they are.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 256; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
