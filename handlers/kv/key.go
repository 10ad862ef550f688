// SPDX-License-Identifier: Apache-2.0

package kv

import "unicode/utf8"

// Limits of keys and patterns, in bytes of UTF-8.
const (
	MaxKey     = 32 << 10
	MaxPattern = 256
)

// Key is a key as its project names it: 1 byte to MaxKey bytes of valid UTF-8, any character.
type Key string

// Validate returns a Refusal of kind ErrInvalid if the key is empty, too long or not UTF-8.
func (k Key) Validate() error {
	switch {
	case k == "":
		return Refuse(ErrInvalid, "must not be empty")
	case len(k) > MaxKey:
		return Refuse(ErrInvalid, "must be at most %d bytes long", MaxKey)
	case !utf8.ValidString(string(k)):
		return Refuse(ErrInvalid, "must be valid UTF-8")
	}
	return nil
}

// Pattern is a glob as KEYS and SCAN of Redis take it, matched over bytes:
// * ? [a-c] [^x] and \ to take the next byte literally.
type Pattern string

// Validate returns a Refusal of kind ErrInvalid if the pattern is too long or not UTF-8.
func (p Pattern) Validate() error {
	switch {
	case len(p) > MaxPattern:
		return Refuse(ErrInvalid, "must be at most %d bytes long", MaxPattern)
	case !utf8.ValidString(string(p)):
		return Refuse(ErrInvalid, "must be valid UTF-8")
	}
	return nil
}
