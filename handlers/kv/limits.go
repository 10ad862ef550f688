// SPDX-License-Identifier: Apache-2.0

package kv

import "context"

// ProjectLimits are the limits of one project. The zero value means those of the server.
type ProjectLimits struct {
	RequestsPerSecond Limit // data operations
	Keys              Limit
	Bytes             Limit // of keys and values, each key counting KeyOverhead more
}

// Limit is an upper limit, NoLimit, or 0 for the limit of the server.
type Limit int64

// NoLimit removes the limit of the server.
const NoLimit Limit = -1

// MaxLimit is the largest limit: the largest integer that every JSON reader keeps exactly.
const MaxLimit = 1<<53 - 1

// Or returns the limit, or that of the server if this one is 0; 0 means no limit.
func (l Limit) Or(server int64) int64 {
	switch l {
	case 0:
		return server
	case NoLimit:
		return 0
	}
	return int64(l)
}

// Usage is what a project stores.
type Usage struct{ Keys, Bytes int64 }

// KeyOverhead is added to the bytes of a key and its value.
const KeyOverhead = 64

// Metered is a Store that knows the usage of each project.
type Metered interface {
	// Usage returns what the project stores, including keys that expired a moment ago. The first call after the store
	// was opened counts the keys. Errors: as kv.Store.
	Usage(ctx context.Context, p ProjectID) (Usage, error)
}

// ValueSizer is a Store that has to look at every key to know what a project holds.
type ValueSizer interface {
	// ValueBytes returns the total size of the values of keys in bytes; a missing key counts 0. Errors: as kv.Store.
	ValueBytes(ctx context.Context, p ProjectID, keys []Key) (int64, error)
}
