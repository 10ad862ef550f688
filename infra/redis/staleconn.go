// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// clocks is one reading of the two clocks of the machine.
type clocks struct {
	wall      time.Duration // since 1970
	monotonic time.Duration // since some moment
}

// systemClocks returns the clocks of the machine.
func systemClocks() func() clocks {
	start := time.Now()
	return func() clocks {
		now := time.Now()
		return clocks{wall: time.Duration(now.UnixNano()), monotonic: now.Sub(start)}
	}
}

// longer reports whether more than d may have passed between two readings. The monotonic clock stands still while the
// process is frozen, and the wall clock may be set: so either is enough, and after a wall clock that went back nothing is
// certain.
func (c clocks) longer(d time.Duration, since clocks) bool {
	wall := c.wall - since.wall
	return c.monotonic-since.monotonic >= d || wall >= d || wall < 0
}

// staleConnCheck is the hook of a client whose process may be frozen between commands. It checks a connection that was
// idle for long before a command goes out on it, so that a write does not end in doubt on a dead connection.
type staleConnCheck struct {
	client     *goredis.Client
	staleAfter time.Duration
	timeout    time.Duration // of one check
	clocks     func() clocks
	last       *atomic.Pointer[clocks] // when the last command ended, nil before
}

// addStaleConnCheck adds the hook to the client of one server.
func addStaleConnCheck(client *goredis.Client, c Config) {
	if c.StaleAfter == 0 {
		return
	}
	check := staleConnCheck{
		client: client, staleAfter: c.StaleAfter, timeout: cmp.Or(c.checkTime, c.ReadIdleTimeout/2), clocks: c.clocks,
		last: new(atomic.Pointer[clocks]),
	}
	if check.clocks == nil {
		check.clocks = systemClocks()
	}
	client.AddHook(check)
}

// DialHook does nothing.
func (staleConnCheck) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook handles single commands.
func (s staleConnCheck) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if _, ok := cmd.(*command); ok {
			s.check(ctx)
			defer s.used()
		}
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook handles pipelines.
func (s staleConnCheck) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if len(cmds) > 0 {
			if _, ok := cmds[0].(*command); ok {
				s.check(ctx)
				defer s.used()
			}
		}
		return next(ctx, cmds)
	}
}

// used notes that the connection worked a moment ago.
func (s staleConnCheck) used() {
	now := s.clocks()
	s.last.Store(&now)
}

// checks is how often a PING is tried whose time is over before it is sent.
const checks = 3

// check sends a PING on a connection that was idle. There is one at most, and go-redis closes it if nothing comes back. It keeps
// it if the time was over before the PING was sent, as may happen to a process that gets little CPU.
func (s staleConnCheck) check(ctx context.Context) {
	if last := s.last.Load(); last != nil && !s.clocks().longer(s.staleAfter, *last) || s.client.PoolStats().IdleConns == 0 {
		return
	}
	for range checks {
		// An error reply meets the command too.
		if err := s.ping(ctx); !isTimeout(err) || ctx.Err() != nil || s.client.PoolStats().IdleConns == 0 {
			return
		}
	}
}

func (s staleConnCheck) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return s.client.Ping(ctx).Err()
}
