// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// oneKey is a command for one key with its arguments and its reply in one piece of memory.
type oneKey[R any] struct {
	command
	reply R
	args  [3]any
}

// Free commands.
var (
	textCommands = sync.Pool{New: func() any { return new(oneKey[goredis.StringCmd]) }}
	sumCommands  = sync.Pool{New: func() any { return new(oneKey[goredis.IntCmd]) }}
)

// newGet returns the command that reads the string under key.
func newGet(ctx context.Context, key string) *oneKey[goredis.StringCmd] {
	c := textCommands.Get().(*oneKey[goredis.StringCmd])
	c.key, c.size = key, len(key)
	c.args = [3]any{"get", key}
	c.reply = *goredis.NewStringCmd(ctx, c.args[:2]...)
	c.Cmder = &c.reply
	return c
}

// newIncr returns the command that adds amount to the integer under key.
func newIncr(ctx context.Context, key string, amount int64) *oneKey[goredis.IntCmd] {
	c := sumCommands.Get().(*oneKey[goredis.IntCmd])
	c.key, c.size, c.write = key, len(key), true
	c.args = [3]any{"incrby", key, amount}
	c.reply = *goredis.NewIntCmd(ctx, c.args[:]...)
	c.Cmder = &c.reply
	return c
}

// free lets another command use the memory. It must not be called after an error: a command whose caller left may still be sent.
func (c *oneKey[R]) free(pool *sync.Pool) {
	*c = oneKey[R]{}
	pool.Put(c)
}
