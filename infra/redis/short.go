// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"hash/maphash"
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

// shortValues remembers keys whose values were short when they were last measured. It forgets those whose place another key
// takes.
type shortValues struct {
	seed  maphash.Seed
	begun time.Time
	keys  [1 << 15]atomic.Uint64 // the upper bits of a hash and a moment, at the index that the lower bits are
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
			hash := maphash.String(v.seed, key)
			v.keys[hash%uint64(len(v.keys))].Store(hash&^momentMask | moment)
		}
	}
}

// expect reports whether the values of all keys were short at this moment.
func (v *shortValues) expect(keys []string) bool {
	moment := v.moment()
	for _, key := range keys {
		hash := maphash.String(v.seed, key)
		if v.keys[hash%uint64(len(v.keys))].Load() != hash&^momentMask|moment {
			return false
		}
	}
	return true
}

// readShort is MGet of keys whose values are known as short: it does not measure them before. It reports false if they have to be
// measured, as when one turns out to be long.
func (s *Store) readShort(ctx context.Context, p kv.ProjectID, keys []string, group []int) (values []kv.Value, read bool, err error) {
	if s.short == nil || !s.short.expect(keys) {
		return nil, false, nil
	}
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
