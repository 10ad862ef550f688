// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// addBody is the body of a Lua function that adds args[1] to keys[1]. It returns the sum as text, since a number in Lua is
// a float64.
const addBody = `
local reply = redis.pcall('INCRBY', keys[1], args[1])
if type(reply) == 'table' then
	return reply
end
return redis.call('GET', keys[1])`

// incrBody is addBody, but where the key is missing it creates it with args[2] milliseconds to live.
const incrBody = `
local created = redis.pcall('SET', keys[1], args[1], 'PX', args[2], 'NX')
if created and created.err then
	return created
end
if created then
	return args[1]
end` + addBody

const incrScript = onKeys + incrBody

// Incr adds amount to the integer under key, a missing key counting from 0, and returns the sum. ttl (0: none)
// applies only where this call creates the key. Errors: ErrNotInteger, ErrOverflow, ErrWrongType.
// See INCRBY and EVAL in the Redis command reference.
func (s *Store) Incr(ctx context.Context, p kv.ProjectID, key kv.Key, amount int64, ttl time.Duration) (int64, error) {
	k := name(p, key)
	if ttl != 0 {
		return s.incrWithTTL(ctx, k, amount, ttl)
	}
	c := newIncr(ctx, k, amount)
	if err := s.run(ctx, &c.command); err != nil {
		return 0, err
	}
	sum := c.reply.Val()
	c.free(&sumCommands)
	return sum, nil
}

func (s *Store) incrWithTTL(ctx context.Context, k string, amount int64, ttl time.Duration) (int64, error) {
	cmd := goredis.NewStringCmd(ctx, "eval", incrScript, "1", k, amount, ttl.Milliseconds())
	err := s.run(ctx, &command{Cmder: cmd, key: k, write: true, size: len(k) + len(incrScript)})
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(cmd.Val(), 10, 64)
}
