// SPDX-License-Identifier: Apache-2.0

package kv

import "context"

// Usage is what a project stores.
type Usage struct{ Keys, Bytes int64 }

// KeyOverhead is added to the bytes of a key and its value.
const KeyOverhead = 64

// Metered is a Store that knows the usage of each project.
type Metered interface {
	// Usage returns what the project stores, including keys that expired a moment ago. The first call after the store
	// was opened counts the keys. Errors: as Store.
	Usage(ctx context.Context, p ProjectID) (Usage, error)
}

// ValueSizer is a Store that has to look at every key to know what a project holds.
type ValueSizer interface {
	// ValueBytes returns the total size of the values of keys in bytes; a missing key counts 0. Errors: as Store.
	ValueBytes(ctx context.Context, p ProjectID, keys []Key) (int64, error)
}
