// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"math"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Expire sets the time to live of key in whole milliseconds; d <= 0 deletes it. It reports false if there
// is no such key. See PEXPIRE in the Redis command reference.
func (s *Store) Expire(ctx context.Context, p kv.ProjectID, key kv.Key, d time.Duration) (bool, error) {
	k := name(p, key)
	cmd := goredis.NewIntCmd(ctx, "pexpire", k, d.Milliseconds())
	err := s.run(ctx, &command{Cmder: cmd, key: k, write: true, size: len(k)})
	return err == nil && cmd.Val() == 1, err
}

// Persist takes the time to live from key. It reports false if there is no such key, or it has none.
// See PERSIST in the Redis command reference.
func (s *Store) Persist(ctx context.Context, p kv.ProjectID, key kv.Key) (bool, error) {
	k := name(p, key)
	cmd := goredis.NewIntCmd(ctx, "persist", k)
	err := s.run(ctx, &command{Cmder: cmd, key: k, write: true, size: len(k)})
	return err == nil && cmd.Val() == 1, err
}

// TTL returns the time that key has left to the millisecond, kv.NoExpiry or kv.NoKey.
// See PTTL in the Redis command reference.
func (s *Store) TTL(ctx context.Context, p kv.ProjectID, key kv.Key) (time.Duration, error) {
	k := name(p, key)
	cmd := goredis.NewIntCmd(ctx, "pttl", k)
	if err := s.run(ctx, &command{Cmder: cmd, key: k, size: len(k)}); err != nil {
		return 0, err
	}
	return timeLeft(cmd.Val()), nil
}

// timeLeft returns the reply of PTTL as a time to live.
func timeLeft(left int64) time.Duration {
	switch left {
	case -2:
		return kv.NoKey
	case -1:
		return kv.NoExpiry
	default:
		// Another Redis client can set a time that a Duration cannot hold.
		return time.Duration(min(left, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
	}
}
