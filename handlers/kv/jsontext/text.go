// SPDX-License-Identifier: Apache-2.0

package jsontext

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// ErrSurrogate is returned for a string with an escape that is half a surrogate pair: it stands for no character.
var ErrSurrogate = errors.New("a lone surrogate escape")

// AppendCompact appends the text, which must be well formed, without its insignificant white space.
func AppendCompact(dst, text []byte) []byte {
	for len(text) > 0 {
		i := significant(text)
		dst = append(dst, text[:i]...)
		text = text[SkipSpace(text, i):]
	}
	return dst
}

// significant returns the length of the part of text before its first insignificant white space.
func significant(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			end, _ := skipString(text, i)
			i = end - 1
		case isSpace(text[i]):
			return i
		}
	}
	return len(text)
}

// Unquote returns the characters of a string, given with its quotes, well formed and in UTF-8.
// Errors: ErrSurrogate.
func Unquote(quoted []byte) (string, error) {
	text := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text), nil
	}
	if loneSurrogate(text) {
		return "", ErrSurrogate
	}
	var s string
	err := json.Unmarshal(quoted, &s)
	return s, err
}

// loneSurrogate reports whether one of the escapes is half a surrogate pair.
func loneSurrogate(text []byte) bool {
	for i := bytes.IndexByte(text, '\\'); i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if text[i+1] != 'u' {
			i++
			continue
		}
		switch high := hex4(text[i+2:]); {
		case high >= 0xDC00 && high <= 0xDFFF:
			return true
		case high >= 0xD800 && high <= 0xDBFF:
			rest := text[i+6:]
			if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
				return true
			}
			if low := hex4(rest[2:]); low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 6
		}
		i += 5
	}
	return false
}

func hex4(s []byte) (n rune) {
	for _, c := range s[:4] {
		switch {
		case isDigit(c):
			c -= '0'
		default:
			c = c&^0x20 - 'A' + 10
		}
		n = n<<4 | rune(c)
	}
	return n
}

// AppendQuote appends s as a JSON string. What need not be escaped is not; bytes that are
// not UTF-8 become U+FFFD.
func AppendQuote(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if plain[c] {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(append(dst, s[start:i]...), "\uFFFD"...)
			start = i + 1
		}
		i += size
	}
	return append(append(dst, s[start:]...), '"')
}
