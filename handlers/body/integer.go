// SPDX-License-Identifier: Apache-2.0

package body

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"unsafe"

	"github.com/danielgtaylor/huma/v2"
)

// compileInteger compiles an integer of 64 bits.
func compileInteger(t reflect.Type, s *huma.Schema) reader {
	if t.Implements(validatorType) {
		return func(s *state, text []byte, p unsafe.Pointer) {
			n, ok := Integer(text)
			store(t.Kind(), p, n)
			if err := validate(t, p); err != nil {
				s.refuseIf(err)
			} else if !ok {
				s.refuse("must be an integer")
			}
		}
	}
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	if s.Minimum != nil {
		least = int64(*s.Minimum)
	}
	if s.Maximum != nil {
		most = int64(*s.Maximum)
	}
	message := fmt.Sprintf("must be an integer from %d to %d", least, most)
	return func(s *state, text []byte, p unsafe.Pointer) {
		n, ok := Integer(text)
		if !ok || n < least || n > most {
			s.refuse(message)
			return
		}
		store(t.Kind(), p, n)
	}
}

func store(kind reflect.Kind, p unsafe.Pointer, n int64) {
	if kind == reflect.Int {
		*(*int)(p) = int(n)
	} else {
		*(*int64)(p) = n
	}
}

// Integer reads a JSON number without a fraction other than zero: as JSON Schema has it, 1.0 and 1e3 are
// integers. It reports false for any other text, and for what 64 bits do not hold.
func Integer(text []byte) (int64, bool) {
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
