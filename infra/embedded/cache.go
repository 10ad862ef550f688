// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"bytes"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"github.com/tempskv/tempskv/handlers/kv"
)

// cache holds what single keys were found to be. It never returns what a read from the file, begun at the same time, could not:
//
//   - Before a transaction commits, the shards of the keys that it changed are closed, and these keys are removed. The shards are
//     opened after it. In between nothing is put into a closed shard, so that no read of the file sees the new state and a later one
//     of the cache the old one.
//   - A key is put only if its shard was open when the read of the file began, and was not closed since: what was read is not
//     older than the last commit.
//
// Whether a key has expired is decided when it is asked for, as in the file.
type cache struct {
	entries *otter.Cache[rowKey, cached]
	shards  [1024]shard
	seed    maphash.Seed
	closed  []*shard // by the transaction under way: of the writer's goroutine alone
	// commits is odd while a transaction commits that changes keys, and changes with each.
	commits atomic.Uint64
}

// cached is what a key was found to be.
type cached struct {
	value   kv.Value // nil: there is no such key
	expires int64    // 0: never
}

// shard is a part of all keys. Its state is odd while it is closed, and changes with each commit that changes one of them.
type shard struct {
	mu    sync.Mutex
	state atomic.Uint64
}

// entryOverhead is what an entry takes in addition to its name and value, in bytes.
const entryOverhead = 192

// newCache returns a cache of so many bytes, nil if there are none.
func newCache(bytes int64) *cache {
	if bytes <= 0 {
		return nil
	}
	return &cache{seed: maphash.MakeSeed(), entries: otter.Must(&otter.Options[rowKey, cached]{
		MaximumWeight: uint64(bytes),
		Weigher: func(k rowKey, c cached) uint32 {
			return uint32(entryOverhead + len(k.name) + len(c.value)) // no value is longer than kv.FreeBytes
		},
	})}
}

// get returns what is known of a key.
func (c *cache) get(k rowKey) (found cached, ok bool) { return c.entries.GetIfPresent(k) }

// getAll returns what is known of several keys at one moment, if all are known: no commit came while they were looked up.
func (c *cache) getAll(keys []rowKey) (all []cached, ok bool) {
	begun := c.commits.Load()
	if begun%2 != 0 {
		return nil, false
	}
	all = make([]cached, len(keys))
	for i, k := range keys {
		if all[i], ok = c.get(k); !ok {
			return nil, false
		}
	}
	return all, c.commits.Load() == begun
}

// begin returns what put needs. It is called before a read of the file begins.
func (c *cache) begin(k rowKey) uint64 { return c.shardOf(k).state.Load() }

// put notes what was read of a key, unless it may have changed since begin.
func (c *cache) put(k rowKey, begun uint64, found cached) {
	if begun%2 != 0 || len(found.value) > kv.FreeBytes {
		return
	}
	k.name = strings.Clone(k.name) // it may be a part of a request
	found.value = bytes.Clone(found.value)
	s := c.shardOf(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Load() == begun {
		c.entries.Set(k, found)
	}
}

// change removes keys, which the transaction under way changes, before it commits.
func (c *cache) change(keys []rowKey) {
	if c == nil || len(keys) == 0 {
		return
	}
	c.commits.Add(1)
	for _, k := range keys {
		c.remove(k)
	}
}

func (c *cache) remove(k rowKey) {
	s := c.shardOf(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Load()%2 == 0 {
		s.state.Add(1)
		c.closed = append(c.closed, s)
	}
	c.entries.Invalidate(k)
}

// end is called after the transaction, whether or not it was committed.
func (c *cache) end() {
	if c == nil {
		return
	}
	if c.commits.Load()%2 != 0 {
		c.commits.Add(1)
	}
	for _, s := range c.closed {
		s.state.Add(1) // puts that began before it see another state
	}
	c.closed = slices.Delete(c.closed, 0, len(c.closed))
}

func (c *cache) shardOf(k rowKey) *shard {
	return &c.shards[maphash.Comparable(c.seed, k)%uint64(len(c.shards))]
}

// live reports whether the key exists at a time.
func (f cached) live(now int64) bool { return f.value != nil && (f.expires == 0 || f.expires >= now) }
