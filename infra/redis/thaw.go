// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// thaw is the hook of a client whose process may be frozen between calls: the first call after a rest finds a
// connection that was tried, so that a write does not end in doubt because its connection led nowhere.
type thaw struct {
	client *goredis.Client
	idle   time.Duration
	limit  time.Duration // of one try
	used   *atomic.Int64 // when the last call ended, by the wall clock: the other one may stand still in a freeze
}

// thawing adds the hook to the client of one server.
func thawing(client *goredis.Client, c Config) {
	if c.Idle > 0 {
		client.AddHook(thaw{client, c.Idle, c.Silence / 2, new(atomic.Int64)})
	}
}

// DialHook does nothing.
func (thaw) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook is passed by single commands.
func (t thaw) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if _, ok := cmd.(*call); ok {
			t.try(ctx)
			defer t.end()
		}
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook is passed by pipelines.
func (t thaw) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if len(cmds) > 0 {
			if _, ok := cmds[0].(*call); ok {
				t.try(ctx)
				defer t.end()
			}
		}
		return next(ctx, cmds)
	}
}

func (t thaw) end() { t.used.Store(time.Now().UnixNano()) }

// try sends a PING on a connection that has rested. What does not answer is closed by go-redis; there is one at most.
func (t thaw) try(ctx context.Context) {
	if time.Now().UnixNano()-t.used.Load() < t.idle.Nanoseconds() || t.client.PoolStats().IdleConns == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	_ = t.client.Ping(ctx) // a failure has closed the connection, and a refusal meets the call too
}
