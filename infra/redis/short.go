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
	// shortTime is how long a value is expected to stay short after it was measured. What this store writes, it knows. What others
	// write in that time, in other servers or past them, Redis may have to copy into the replies of shortReads.
	shortTime = 250 * time.Millisecond
	// shortReads is how many reads of many values of one project are under way without having measured them.
	shortReads = 4
	// shortReply is Config.MaxReply of those reads: more than the short values of the most keys that an operation takes.
	shortReply = 2 << 20
)

// shortValues remembers keys whose values were short when they were last measured. It forgets those whose places others take.
type shortValues struct {
	seed  maphash.Seed
	begun time.Time
	keys  [1 << 15]atomic.Uint64 // the upper bits of a hash, and a moment
}

// The lower bits of a place are the moment, which begins again after 3 days.
const (
	momentBits = 20
	momentMask = 1<<momentBits - 1
)

func newShortValues() *shortValues { return &shortValues{seed: maphash.MakeSeed(), begun: time.Now()} }

// moment returns the time as the number of shortTime since the start, cut to momentBits.
func (v *shortValues) moment() uint64 { return uint64(time.Since(v.begun)/shortTime) & momentMask }

// note records which of the values of keys were measured as short after a moment.
func (v *shortValues) note(keys []string, lengths []int64, moment uint64) {
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

// forget removes keys whose values may be long.
func (v *shortValues) forget(keys []string) {
	for _, key := range keys {
		first, second, mark := v.places(key, 0)
		for _, place := range []*atomic.Uint64{first, second} {
			if old := place.Load(); old&^momentMask == mark {
				place.CompareAndSwap(old, 0)
			}
		}
	}
}

// unknown returns the keys whose values were not found short at this moment. It knows none of keys that are given twice: each
// time costs what the value has.
func (v *shortValues) unknown(keys []string) (unknown []string) {
	moment := v.moment()
	marks := make([]uint64, 0, len(keys))
	for _, key := range keys {
		first, second, mark := v.places(key, moment)
		if first.Load() == mark || second.Load() == mark {
			marks = append(marks, mark)
		} else {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(marks)
	if len(slices.Compact(marks)) < len(keys)-len(unknown) {
		return keys
	}
	return unknown
}

// allShort reports whether values with these lengths are short.
func allShort(lengths []int64) bool {
	return !slices.ContainsFunc(lengths, func(n int64) bool { return n > shortBytes })
}

// forget makes keys be measured if values of so many bytes together are stored under them. It is called before these are sent, and
// again after the reply, since a length from before may be noted in between.
func (s *Store) forget(size int, keys ...string) {
	if s.short != nil && size > shortBytes {
		s.short.forget(keys)
	}
}

// readOrMeasure returns the values of keys if they are known as short, else their size together, in bytes. It measures those that
// are not known.
func (s *Store) readOrMeasure(ctx context.Context, p kv.ProjectID, keys []string, groups [][]int) ([]kv.Value, int64, error) {
	if s.brief == nil || len(groups) > 1 {
		size, err := s.valueBytes(ctx, keys)
		return nil, size, err
	}
	unknown := s.short.unknown(keys)
	lengths, err := s.lengths(ctx, unknown)
	switch {
	case err != nil:
		return nil, 0, err
	case len(unknown) == len(keys):
		return nil, total(lengths), nil
	case allShort(lengths):
		if values, read, err := s.readShort(ctx, p, keys, groups[0]); read {
			return values, 0, err
		}
	}
	size, err := s.valueBytes(ctx, keys)
	return nil, size, err
}

// readShort is MGet of keys whose values are known as short: their sizes together were not measured. It reports false if they have
// to be, as when there is more than was expected, or no memory for it now: measuring may wait for that.
func (s *Store) readShort(ctx context.Context, p kv.ProjectID, keys []string, group []int) (values []kv.Value, read bool, err error) {
	expected := max(int64(len(keys))*shortBytes, kv.FreeBytes)
	if kv.MemoryOf(ctx).Try(kv.Copies*(expected-kv.FreeBytes)) != nil {
		return nil, false, nil
	}
	w := s.windows.of(p)
	if !w.enterShort(ctx, time.Now) {
		return nil, false, nil
	}
	long := false
	defer func() { w.leaveShort(time.Now, long) }()
	cmd := goredis.NewSliceCmd(ctx, commandLine("mget", keys, group)...)
	err = s.brief.do(ctx, &command{Cmder: cmd, key: keys[0], size: keyBytes(keys, group)})
	if long = isTooMuch(err); long || err != nil {
		return nil, !long, err
	}
	values = make([]kv.Value, len(keys))
	if size := place(values, cmd.Val(), group); size > expected || size > s.cfg.MaxAnswer {
		long = true
		return nil, false, nil
	}
	return values, true, nil
}
