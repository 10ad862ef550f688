// SPDX-License-Identifier: Apache-2.0

package kv

import "time"

// Condition makes a set depend on whether the key exists.
type Condition uint8

// The conditions of SET.
const (
	Always Condition = iota
	NX               // only if the key does not exist
	XX               // only if the key exists
)

// SetOptions are the options of Set. The zero value sets always, without expiry.
type SetOptions struct {
	// TTL is the time to live, in whole milliseconds; 0 means none.
	TTL time.Duration
	// KeepTTL keeps the time to live that the key has; TTL is then 0.
	KeepTTL   bool
	Condition Condition
}

// Entry is one key of MSet.
type Entry struct {
	Key   Key
	Value Value
	// TTL is the time to live, in whole milliseconds; 0 means none.
	TTL time.Duration
}

// What TTL returns if there is no remaining time. See PTTL in the Redis command reference.
const (
	NoExpiry time.Duration = -1 // the key exists and does not expire
	NoKey    time.Duration = -2 // there is no such key
)

// Page is one page of a Scan.
type Page struct {
	Keys []Key
	// Cursor continues the scan; empty ends it.
	Cursor Cursor
}

// Cursor is the position of a scan. It is made by a Store, opaque to callers, and contains neither an address nor a
// project: the caller supplies the project each time. Empty means the beginning.
type Cursor string

// Validate returns a Refusal of kind ErrInvalid if the cursor is longer than any that a Store makes.
func (c Cursor) Validate() error {
	if len(c) > MaxCursor {
		return Refuse(ErrInvalid, "must be a cursor that scan returned")
	}
	return nil
}

// MaxCursor is the length of the longest cursor of a Store, in bytes.
const MaxCursor = 128
