// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"context"
	"time"
)

// Store holds the keys of every project. Every call is bounded by its context and is never applied twice. Errors of
// every call, in addition to those in its own comment: ErrUnavailable (nothing was sent: safe to repeat), ErrTimeout (a
// read, or a write that was not sent), ErrOutcomeUnknown (a write was sent and got no answer), ErrStorageFull,
// ErrDamaged, ErrOutOfMemory (the write was refused; reads and deletes still work).
type Store interface {
	Reader
	Writer
	Lister
	Portable
	// Idempotent returns a Changer for one call. It takes effect unless a call with the same Key has done so before; then
	// the outcome of that call is replayed. The effect and the outcome are stored in one transaction, so neither is ever
	// there without the other; of concurrent calls, one takes effect and all return its outcome. An outcome is a result, or
	// ErrNotInteger, ErrOverflow or ErrWrongType; other errors are not stored. Errors, in addition to those of the call:
	// ErrOtherRequest, ErrManySlots.
	Idempotent(id *Idempotency) Changer
	// Capabilities returns what only some stores can do.
	Capabilities() Capabilities
	// Stats returns statistics of this process.
	Stats() Stats
	// Close waits for running calls and frees the resources of the store. Later calls return ErrUnavailable.
	Close() error
}

// Capabilities are what only some stores can do: a nil field means that this one cannot.
type Capabilities struct {
	// Claimer marks whose the store is, where others may use its server too.
	Claimer Claimer
	// Usage returns what the project stores, including keys that expired a moment ago, without counting them. Errors: as
	// Store.
	Usage func(ctx context.Context, p ProjectID) (Usage, error)
	// Count counts a page of what the project stores, from the cursor on, and returns the cursor of the next page, empty at
	// the end. Values are not read: they are measured if bytes is set; one of another type counts 0. Errors: as Store, and
	// ErrInvalid for a cursor that Count did not return.
	Count func(ctx context.Context, p ProjectID, c Cursor, bytes bool) (Usage, Cursor, error)
}

// Claimer is a Store on a server that others may use too, or that may lose its data. A mark in it says whose it is.
type Claimer interface {
	// Mark returns the mark of the store, the zero value if there is none.
	Mark(ctx context.Context) (Mark, error)
	// Claim replaces the mark before (the zero value: none) with after, and returns the mark that the store has then. If
	// it is not after, someone else was faster. It may be repeated.
	Claim(ctx context.Context, before, after Mark) (Mark, error)
	// HoldsKeys reports whether there is a key of any project. It ignores the mark.
	HoldsKeys(ctx context.Context) (bool, error)
	// Guard restricts all other calls to connections whose server had the mark of owner when they were made; empty lifts
	// the restriction. A call that walks over many keys may still reach a server that has lost its keys.
	Guard(owner string)
	// Doubts receives a value when the server of a new connection had another mark.
	Doubts() <-chan struct{}
}

// Mark identifies the owner of a store.
type Mark struct {
	// Owner is the id of the control data that the keys belong to.
	Owner string
	// Emptied is set if the keys were gone when the mark was written.
	Emptied bool
	// Hidden is set if the user of the store may not read the mark: it is not known whether there is one.
	Hidden bool
	// Run identifies one run of the server, empty if it is not known.
	Run string
	// Flushes is how often a database was emptied or swapped in this run: FLUSHALL, FLUSHDB, SWAPDB.
	Flushes int64
	// Unsaved is the number of changes that the server would lose if it ended now: those since the last snapshot,
	// without an AOF.
	Unsaved int64
}

// Reader is the part of a Store that changes nothing.
type Reader interface {
	// Get returns the value of key, nil if there is no such key. Errors: ErrWrongType; ErrTooLarge for a value above
	// the answer limit, which another Redis client wrote.
	Get(ctx context.Context, p ProjectID, key Key) (Value, error)
	// MGet returns the values in the order of keys, nil where a key is missing or of another type.
	// Errors: ErrTooLarge if the values together exceed the answer limit.
	MGet(ctx context.Context, p ProjectID, keys []Key) ([]Value, error)
	// Exists counts the keys that exist; a key given twice counts twice.
	Exists(ctx context.Context, p ProjectID, keys []Key) (int64, error)
	// Describe returns what each of the keys holds, in their order, without its value.
	Describe(ctx context.Context, p ProjectID, keys []Key) ([]Description, error)
	// TTL returns the remaining time to live of key to the millisecond, NoExpiry or NoKey.
	TTL(ctx context.Context, p ProjectID, key Key) (time.Duration, error)
}

// Writer is the part of a Store that changes keys.
type Writer interface {
	Changer
	// Expire sets the time to live of key in whole milliseconds; d <= 0 deletes it.
	// It reports false if there is no such key. See PEXPIRE in the Redis command reference.
	Expire(ctx context.Context, p ProjectID, key Key, d time.Duration) (bool, error)
	// Persist removes the time to live of key. It reports false if there is no such key, or it has none.
	Persist(ctx context.Context, p ProjectID, key Key) (bool, error)
}

// Changer is the part of a Writer whose calls may have another effect when they are repeated.
type Changer interface {
	// Set stores value under key, and reports false if the condition of o was not met. A value of
	// another type is replaced, as SET does.
	Set(ctx context.Context, p ProjectID, key Key, v Value, o SetOptions) (bool, error)
	// MSet stores every entry or none (before a Redis Cluster: per slot); of a key given twice the last wins.
	MSet(ctx context.Context, p ProjectID, entries []Entry) error
	// Del deletes the keys and returns how many there were; a key given twice counts once.
	Del(ctx context.Context, p ProjectID, keys []Key) (int64, error)
	// Incr adds amount to the integer under key, a missing key counting from 0, and returns the sum.
	// ttl (0: none) applies only where this call creates the key. Errors: ErrNotInteger, ErrOverflow, ErrWrongType.
	Incr(ctx context.Context, p ProjectID, key Key, amount int64, ttl time.Duration) (int64, error)
}

// Lister is the part of a Store that iterates over keys.
type Lister interface {
	// Scan returns a page of about limit keys that match pattern (empty: all). A page may hold more, fewer or no keys.
	// A key that exists throughout comes at least once before the cursor is empty. A call is bounded in time, keys and
	// bytes. Errors: ErrInvalid for a cursor that Scan did not return.
	Scan(ctx context.Context, p ProjectID, pattern Pattern, c Cursor, limit int) (Page, error)
	// ProjectIDs returns the ids of all projects with keys in the store, in any order, each once.
	ProjectIDs(ctx context.Context) ([]ProjectID, error)
	// DeleteProject deletes every key of the project. It may be repeated after an error, and continues.
	DeleteProject(ctx context.Context, p ProjectID) error
}
