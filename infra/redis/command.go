// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// command is a command on its way through go-redis, which never repeats it. It knows whether it was sent.
type command struct {
	goredis.Cmder
	key   string // decides which server of a Cluster gets it; empty: any
	write bool   // it may change something
	// noFailoverWait means that it does not wait for another server to take over from one that cannot be reached.
	noFailoverWait bool
	// waitForLoading means that it waits for a server that loads its data as long as the context allows.
	waitForLoading bool
	// rejectedAt is when a server first said that it does not run the command now.
	rejectedAt time.Time
	rejections int // how often a server said so
	// loginRepeated is set once the login of its connection failed: after a second time it is not sent again.
	loginRepeated bool
	size          int // bytes of the command or of its reply, roughly, whichever is larger
	stage         atomic.Int32
	done          chan error // receives the result from the queue
	release       func()     // ends what it keeps of the memory of its request, which may have ended before
}

// The stages of a command: queued, taken, written, or queued, dropped. A command that is sent again starts over.
const (
	queued  int32 = iota // no sender has taken it
	taken                // by a sender, not written
	written              // at least in part
	dropped              // its caller left while it was queued: it will never be sent
)

// NoRetry is true: go-redis then sends a command only once, unless MOVED or ASK redirect it.
func (c *command) NoRetry() bool { return true }

// Args returns the arguments. go-redis asks for them to write the command, so a command whose Args were not asked for
// since it was taken has certainly not been sent.
func (c *command) Args() []any {
	c.stage.CompareAndSwap(taken, written)
	return c.Cmder.Args()
}

// take marks the command as taken by a sender, and reports false if its caller has dropped it.
func (c *command) take() bool {
	for {
		stage := c.stage.Load()
		if stage == dropped {
			return false
		}
		if c.stage.CompareAndSwap(stage, taken) {
			return true
		}
	}
}

// drop removes the command from the queue, and reports false if a sender has taken it.
func (c *command) drop() bool { return c.stage.CompareAndSwap(queued, dropped) }

// sent reports whether a command that has returned was written, at least in part.
func (c *command) sent() bool { return c.stage.Load() == written }

// reset prepares a command that has returned for being sent again.
func (c *command) reset() {
	c.SetErr(nil)
	c.stage.Store(queued)
}

// errDropped is what go-redis gets for a dropped command. Nothing reads it.
var errDropped = errors.New("dropped")

// stageHook is the hook of every client. It takes commands and skips dropped ones.
type stageHook struct{}

// DialHook does nothing.
func (stageHook) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook handles single commands, including those that go-redis sends on a new connection. go-redis takes any error
// reply to HELLO for that of an old server and goes on; a command that it sent then would be lost, with an unknown outcome.
func (stageHook) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if c, ok := cmd.(*command); ok && !c.take() {
			return errDropped
		}
		err := next(ctx, cmd)
		if cmd.Name() == "hello" {
			return helloError(err)
		}
		return err
	}
}

// ProcessPipelineHook handles pipelines.
func (stageHook) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		for i, cmd := range cmds {
			if c, ok := cmd.(*command); ok && !c.take() {
				return sendRemaining(ctx, cmds, i, next)
			}
		}
		return next(ctx, cmds)
	}
}

// sendRemaining sends a pipeline without its dropped commands, the first of which is at index i. go-redis keeps the slice.
func sendRemaining(ctx context.Context, cmds []goredis.Cmder, i int, next goredis.ProcessPipelineHook) error {
	cmds[i].SetErr(errDropped)
	rest := append(make([]goredis.Cmder, 0, len(cmds)), cmds[:i]...)
	for _, cmd := range cmds[i+1:] {
		if c, ok := cmd.(*command); ok && !c.take() {
			cmd.SetErr(errDropped)
			continue
		}
		rest = append(rest, cmd)
	}
	if len(rest) == 0 {
		return nil
	}
	return next(ctx, rest)
}
