// SPDX-License-Identifier: Apache-2.0

package control

import "time"

// ToMicro returns a time as it is stored: in microseconds since 1970, 0 for none. 0 itself becomes 1: a credential that
// expired then must not be read back as one that never expires.
func ToMicro(t time.Time) int64 {
	switch n := t.UnixMicro(); {
	case t.IsZero():
		return 0
	case n == 0:
		return 1
	default:
		return n
	}
}

// FromMicro is the reverse of ToMicro.
func FromMicro(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// Now is the current time as it will be read back.
func Now() time.Time { return FromMicro(time.Now().UnixMicro()) }
