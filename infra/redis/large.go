// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"hash/maphash"
	"sync/atomic"
)

// largeValues remembers some of the keys whose values were large when they were last seen, so that their reads go
// past the pipelines, as their writes do. It may forget one, or take another for it: that costs time only.
type largeValues struct {
	seed maphash.Seed
	keys [1024]atomic.Uint64 // hashes, each in the place that it names
}

// note takes down how many bytes the value of key has.
func (l *largeValues) note(key string, size int) {
	hash := maphash.String(l.seed, key)
	place := &l.keys[hash%uint64(len(l.keys))]
	switch known := place.Load() == hash; {
	case size >= largeCommand && !known:
		place.Store(hash)
	case size < largeCommand && known:
		place.Store(0)
	}
}

// expect returns how many bytes a read of key may bring, as far as is known: largeCommand or 0.
func (l *largeValues) expect(key string) int {
	hash := maphash.String(l.seed, key)
	if l.keys[hash%uint64(len(l.keys))].Load() == hash {
		return largeCommand
	}
	return 0
}
