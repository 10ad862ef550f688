// SPDX-License-Identifier: Apache-2.0

package limits

import (
	"hash/maphash"
	"sync"
)

const shards = 32

// table is a map of what is in use. A look at it allocates nothing, and takes a lock that only every thirty-second
// key shares.
type table[K comparable, V any] struct {
	seed   maphash.Seed
	shards *[shards]shard[K, V]
}

type shard[K comparable, V any] struct {
	sync.RWMutex
	entries map[K]*V
	_       [32]byte // a cache line is not shared
}

func newTable[K comparable, V any]() table[K, V] {
	t := table[K, V]{seed: maphash.MakeSeed(), shards: new([shards]shard[K, V])}
	for i := range t.shards {
		t.shards[i].entries = map[K]*V{}
	}
	return t
}

func (t *table[K, V]) shard(key K) *shard[K, V] {
	return &t.shards[maphash.Comparable(t.seed, key)%shards]
}

// get returns the entry, nil if there is none.
func (t *table[K, V]) get(key K) *V {
	s := t.shard(key)
	s.RLock()
	defer s.RUnlock()
	return s.entries[key]
}

// add returns the entry, which is v if there was none.
func (t *table[K, V]) add(key K, v *V) *V {
	s := t.shard(key)
	s.Lock()
	defer s.Unlock()
	if there := s.entries[key]; there != nil {
		return there
	}
	s.entries[key] = v
	return v
}

// each calls f for every entry.
func (t *table[K, V]) each(f func(*V)) {
	for i := range t.shards {
		s := &t.shards[i]
		s.RLock()
		for _, v := range s.entries {
			f(v)
		}
		s.RUnlock()
	}
}

// drop removes the entries for which f is true.
func (t *table[K, V]) drop(f func(*V) bool) {
	for i := range t.shards {
		s := &t.shards[i]
		s.Lock()
		for key, v := range s.entries {
			if f(v) {
				delete(s.entries, key)
			}
		}
		s.Unlock()
	}
}
