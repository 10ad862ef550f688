// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"hash/maphash"
	"slices"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// shortBytes is how long a value may be that is called short.
	shortBytes = 1 << 10
	// shortTime is how long a value is expected to stay short after it was measured. In it, another client can make only so many
	// long, which bounds what a Redis may have to send for them.
	shortTime = time.Second
	// shortReads is how many reads of many values of one project are under way without having measured them.
	shortReads = 8
	// shortReply is Config.MaxReply of those reads: more than the short values of the most keys that an operation takes.
	shortReply = 2 << 20
)

// shortValues remembers keys whose values were short when they were last measured. It forgets those whose places others take.
type shortValues struct {
	seed  maphash.Seed
	begun time.Time
	keys  [1 << 15]atomic.Uint64 // the upper bits of a hash, and a moment
}

// The lower bits of a place are the moment, which begins again after 12 days.
const (
	momentBits = 20
	momentMask = 1<<momentBits - 1
)

func newShortValues() *shortValues { return &shortValues{seed: maphash.MakeSeed(), begun: time.Now()} }

// moment returns the time as the number of shortTime since the start, cut to momentBits.
func (v *shortValues) moment() uint64 { return uint64(time.Since(v.begun)/shortTime) & momentMask }

// note records which of the values of keys were just measured as short.
func (v *shortValues) note(keys []string, lengths []int64) {
	moment := v.moment()
	for i, key := range keys {
		if lengths[i] <= shortBytes {
			first, second, mark := v.places(key, moment)
			if old := first.Load(); old&^momentMask == mark&^momentMask || old&momentMask != moment {
				second = first
			}
			second.Store(mark)
		}
	}
}

// places returns where key may be, and what is there if its value was short at a moment.
func (v *shortValues) places(key string, moment uint64) (first, second *atomic.Uint64, mark uint64) {
	hash := maphash.String(v.seed, key)
	n := uint64(len(v.keys))
	return &v.keys[hash%n], &v.keys[hash>>momentBits%n], hash&^momentMask | moment
}

// split returns the keys whose values were short at this moment, and the others.
func (v *shortValues) split(keys []string) (known, unknown []string) {
	moment := v.moment()
	known = make([]string, 0, len(keys))
	for _, key := range keys {
		first, second, mark := v.places(key, moment)
		if first.Load() == mark || second.Load() == mark {
			known = append(known, key)
		} else {
			unknown = append(unknown, key)
		}
	}
	return known, unknown
}

// allShort reports whether values with these lengths are short.
func allShort(lengths []int64) bool {
	return !slices.ContainsFunc(lengths, func(n int64) bool { return n > shortBytes })
}

// readOrMeasure returns the values of keys if they are known as short, else their size together, in bytes. It measures those that
// are not known.
func (s *Store) readOrMeasure(ctx context.Context, p kv.ProjectID, keys []string, groups [][]int) ([]kv.Value, int64, error) {
	if s.short == nil || len(groups) > 1 {
		size, err := s.valueBytes(ctx, keys)
		return nil, size, err
	}
	known, unknown := s.short.split(keys)
	lengths, err := s.lengths(ctx, unknown)
	if err != nil {
		return nil, 0, err
	}
	if len(known) > 0 && allShort(lengths) {
		if values, read, err := s.readShort(ctx, p, keys, groups[0]); read {
			return values, 0, err
		}
	}
	size, err := s.valueBytes(ctx, known)
	return nil, size + total(lengths), err
}

// readShort is MGet of keys whose values are known as short: their sizes together were not measured. It reports false if they have
// to be, as when one turns out to be long.
func (s *Store) readShort(ctx context.Context, p kv.ProjectID, keys []string, group []int) (values []kv.Value, read bool, err error) {
	w := s.windows.of(p)
	if !w.enterShort(ctx, time.Now) {
		return nil, false, nil
	}
	cmd := goredis.NewSliceCmd(ctx, commandLine("mget", keys, group)...)
	err = s.brief.do(ctx, &command{Cmder: cmd, key: keys[0], size: keyBytes(keys, group)})
	long := isTooMuch(err)
	w.leaveShort(time.Now, long)
	if long || err != nil {
		return nil, !long, err
	}
	values = make([]kv.Value, len(keys))
	size := place(values, cmd.Val(), group)
	if size > s.cfg.MaxAnswer || size > kv.FreeBytes && kv.MemoryOf(ctx).Try(kv.Copies*size) != nil {
		return nil, false, nil // it may wait for memory, which it must not while it holds what is not counted
	}
	return values, true, nil
}
