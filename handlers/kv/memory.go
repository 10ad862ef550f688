// SPDX-License-Identifier: Apache-2.0

package kv

import "context"

// Memory is what an operation may hold in memory, out of a budget that all operations share. Take and Try count for the
// operation until it has ended and its last Keep was undone.
type Memory interface {
	// Take takes n bytes, and may wait for them. Errors: ErrUnavailable if there is no room in time, ErrTimeout.
	Take(ctx context.Context, n int64) error
	// Try takes n bytes if there is room now. Errors: ErrUnavailable.
	Try(n int64) error
	// Keep makes what was taken count until release is called, which may be after the operation has ended.
	Keep() (release func())
}

const (
	// FreeBytes is how large a value may be that a store reads without taking memory for it.
	FreeBytes = 64 << 10
	// KeptBytes is from which size on a write that waits in a queue keeps the memory of its request.
	KeptBytes = 1 << 10
	// Copies is how often a value is in memory while it is read: as it comes from the store, and in the response.
	Copies = 2
)

type memoryKey struct{}

// WithMemory returns a context for an operation that holds no more than m allows.
func WithMemory(ctx context.Context, m Memory) context.Context {
	return context.WithValue(ctx, memoryKey{}, m)
}

// MemoryOf returns what the operation of ctx may hold: without a limit if WithMemory was not called.
func MemoryOf(ctx context.Context) Memory {
	if m, ok := ctx.Value(memoryKey{}).(Memory); ok {
		return m
	}
	return unbounded{}
}

// unbounded is the Memory of operations that nobody counts, such as backups.
type unbounded struct{}

// Take does nothing.
func (unbounded) Take(context.Context, int64) error { return nil }

// Try does nothing.
func (unbounded) Try(int64) error { return nil }

// Keep does nothing.
func (unbounded) Keep() func() { return func() {} }
