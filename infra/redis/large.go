// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"hash/maphash"
	"sync/atomic"
)

// largeValues remembers keys whose values had from bytes or more when they were last seen. It may forget one, or take another
// for it, which only costs time.
type largeValues struct {
	from int
	seed maphash.Seed
	keys [1024]atomic.Uint64 // hashes, each at its own index
}

// note records how many bytes the value of key has.
func (l *largeValues) note(key string, size int) {
	hash := maphash.String(l.seed, key)
	place := &l.keys[hash%uint64(len(l.keys))]
	switch known := place.Load() == hash; {
	case size >= l.from && !known:
		place.Store(hash)
	case size < l.from && known:
		place.Store(0)
	}
}

// expect returns how many bytes the value of key has at least, as far as is known: from or 0.
func (l *largeValues) expect(key string) int {
	hash := maphash.String(l.seed, key)
	if l.keys[hash%uint64(len(l.keys))].Load() == hash {
		return l.from
	}
	return 0
}
