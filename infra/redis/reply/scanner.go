// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// scanner follows replies as the client reads them.
type scanner struct {
	limits Limits
	body   int64 // bytes that are left of a string and its line end
	line   int64 // bytes so far of a line that is no length; 0: between lines
	// strings and arrays are the bytes announced since the last command was written: by strings that are whole replies, and by
	// arrays with all that is in them.
	strings, arrays int64
	left            [maxDepth]int64 // how many elements each open array still needs
	depth           int             // arrays that are open
}

// Events that end a scan before the end of its bytes.
type event int

const (
	all     event = iota // the bytes are good
	cut                  // a length goes on in the next bytes
	tooLong              // a string beyond Limits.String begins
	later                // a string begins that fits alone, and not with the replies before it
)

// scan follows b and returns how many of its bytes may be passed on. At tooLong and later, the header of the string comes next.
// Errors: *Error, and one for what is no reply.
func (s *scanner) scan(b []byte) (good int, e event, err error) {
	for i := 0; i < len(b); {
		if s.body > 0 {
			n := min(s.body, int64(len(b)-i))
			i, s.body = i+int(n), s.body-n
			if s.body == 0 {
				s.ended()
			}
			continue
		}
		end := bytes.IndexByte(b[i:], '\n')
		if s.line > 0 || !hasLength(b[i]) {
			if i, err = s.text(b, i, end); err != nil {
				return i, all, err
			}
			continue
		}
		if end < 0 {
			if len(b)-i > maxLength {
				return i, all, errLength(b[i:])
			}
			return i, cut, nil
		}
		n, err := length(b[i : i+end+1])
		if err != nil {
			return i, all, err
		}
		if s.depth == 0 && isString(b[i]) && n <= longest {
			switch {
			case n > s.limits.String:
				return i, tooLong, nil
			case n > s.limits.Short && s.strings+n > s.limits.Total:
				return i, later, nil
			}
		}
		if err := s.begin(b[i], n); err != nil {
			return i, all, err
		}
		i += end + 1
	}
	return len(b), all, nil
}

// text follows a line without a length from index i on, which ends at i+end, or not in b if end is negative.
func (s *scanner) text(b []byte, i, end int) (int, error) {
	n := end + 1
	if end < 0 {
		n = len(b) - i
	}
	s.line += int64(n)
	if s.depth > 0 {
		s.arrays += int64(n)
	}
	switch {
	case s.line > maxLine:
		return i, &Error{what: "a line that does not end", most: maxLine}
	case s.arrays > s.limits.Total:
		return i, &Error{what: "too many lines", most: s.limits.Total}
	case end >= 0:
		s.line = 0
		s.ended()
	}
	return i + n, nil
}

// begin follows the header of a string, or of an array, of that length.
func (s *scanner) begin(kind byte, n int64) error {
	switch {
	case n < 0 && kind == '|':
		return errLength([]byte("|-1"))
	case n < 0: // nil
		s.ended()
		return nil
	case isString(kind):
		sum := &s.arrays
		if s.depth == 0 {
			sum = &s.strings
		}
		if n > longest || s.depth > 0 && *sum+n > s.limits.Total {
			return &Error{"a string", n, min(longest, s.limits.Total)}
		}
		*sum, s.body = *sum+n, n+2
		return nil
	}
	elements := n
	if kind == '%' || kind == '|' {
		elements = 2 * min(n, math.MaxInt64/2)
	}
	if kind == '|' {
		elements++ // what the attributes belong to
	}
	if elements > s.limits.Total/elementBytes || s.arrays+elements*elementBytes > s.limits.Total {
		return &Error{"an array", n, s.limits.Total / elementBytes}
	}
	s.arrays += elements * elementBytes
	switch {
	case elements == 0:
		s.ended()
	case s.depth == maxDepth:
		return &Error{what: "arrays in arrays", most: maxDepth}
	default:
		s.left[s.depth] = elements
		s.depth++
	}
	return nil
}

// ended follows the end of an element, and of the arrays that it completes.
func (s *scanner) ended() {
	for s.depth > 0 {
		if s.left[s.depth-1]--; s.left[s.depth-1] > 0 {
			return
		}
		s.depth--
	}
}

// hasLength reports whether a line that begins like this announces a length.
func hasLength(kind byte) bool {
	switch kind {
	case '$', '*', '=', '!', '%', '~', '>', '|':
		return true
	}
	return false
}

// isString reports whether the length is that of a string, in bytes, and not of an array, in elements.
func isString(kind byte) bool { return kind == '$' || kind == '=' || kind == '!' }

// length parses a line that announces a length.
func length(line []byte) (int64, error) {
	if len(line) > maxLength || len(line) < 4 || line[len(line)-2] != '\r' {
		return 0, errLength(line)
	}
	n, err := strconv.ParseInt(string(line[1:len(line)-2]), 10, 64) // which does not allocate
	if err != nil || n < -1 {
		return 0, errLength(line)
	}
	return n, nil
}

// errLength is worded as go-redis does for what is no reply.
func errLength(line []byte) error {
	return fmt.Errorf("redis: can't parse the length %.20q", line[:min(len(line), maxLength)])
}
