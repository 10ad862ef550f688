// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Source reads all keys of a Redis that others have filled. It is made by OpenSource.
type Source struct{ store *Store }

// OpenSource connects to the Redis that keys are to be read from; a replica will do. Errors: as Open.
func OpenSource(ctx context.Context, c Config) (*Source, error) {
	c.Coalesce, c.replica = false, true
	s, err := Open(ctx, c)
	if err != nil {
		return nil, err
	}
	return &Source{s}, nil
}

// Walk calls f with every key whose name matches the glob pattern, empty for all of them, as Store.Export does: some may
// come twice, and Type is kv.TooLargeType for those that were not loaded. The name is the Key, as it is in Redis, and the Project 0: see ParseName. The user needs +@read, +@scripting,
// +@connection, +info and, for a Cluster, +cluster. Errors: as kv.Store, and what f returns.
func (s *Source) Walk(ctx context.Context, match string, f func([]kv.Record) error) error {
	if match == "" {
		match = "*"
	}
	return s.store.export(ctx, match, func(*kv.Record) bool { return true }, f)
}

// Close interrupts a Walk, and closes the connections.
func (s *Source) Close() error { return s.store.Close() }
