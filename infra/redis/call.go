// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// call is a command of ours on its way through go-redis. It is never repeated by it, and knows how far it has come.
type call struct {
	goredis.Cmder
	key   string // decides which server of a Cluster gets it; empty: any
	write bool   // it may change something
	hasty bool   // it waits for no other server to take over from one that cannot be reached
	// patient is set where a server that is loading its data is waited for as long as the context allows.
	patient bool
	// refused is when a server first said that it does not run the call now.
	refused time.Time
	// loggedIn is set once the login of its connection was refused: after a second time it is not sent again.
	loggedIn bool
	size     int // bytes of the command or of its answer, roughly, whichever is larger
	stage    atomic.Int32
	done     chan error // how it came back from a queue
}

// The stages of a call. It goes from waiting to leaving to written, or from waiting to dropped; sent
// again after a refusal, it begins anew.
const (
	waiting int32 = iota // nobody has taken it to send it
	leaving              // taken, not written
	written              // being written, or more
	dropped              // its caller left while it waited: it will never be sent
)

// NoRetry is true: go-redis then sends a command once, and again only to where MOVED or ASK point.
func (c *call) NoRetry() bool { return true }

// Args returns the command. It is what go-redis asks for to write it, so a call whose
// Args were not asked for since it left has certainly not been sent.
func (c *call) Args() []any {
	c.stage.CompareAndSwap(leaving, written)
	return c.Cmder.Args()
}

// leave marks the call as taken to be sent, and reports false if its caller has dropped it.
func (c *call) leave() bool {
	for {
		stage := c.stage.Load()
		if stage == dropped {
			return false
		}
		if c.stage.CompareAndSwap(stage, leaving) {
			return true
		}
	}
}

// drop takes the call out of the queue, and reports false if it has left.
func (c *call) drop() bool { return c.stage.CompareAndSwap(waiting, dropped) }

// sent tells whether a call that has come back was written, in part at least.
func (c *call) sent() bool { return c.stage.Load() == written }

// again makes a call that has come back ready to be sent anew.
func (c *call) again() {
	c.SetErr(nil)
	c.stage.Store(waiting)
}

// errDropped is what go-redis gets for a dropped call. Nobody reads it.
var errDropped = errors.New("dropped")

// gate is the hook of every client: through it calls leave, and dropped ones stay behind.
type gate struct{}

// DialHook does nothing.
func (gate) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook is passed by single commands, those that begin a connection among them. go-redis takes whatever a server
// answers to HELLO for that of an old one, and goes on; a call that it sent then would be lost, with an unknown outcome.
func (gate) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if c, ok := cmd.(*call); ok && !c.leave() {
			return errDropped
		}
		err := next(ctx, cmd)
		if cmd.Name() == "hello" {
			return unwelcome(err)
		}
		return err
	}
}

// ProcessPipelineHook is passed by pipelines.
func (gate) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		for i, cmd := range cmds {
			if c, ok := cmd.(*call); ok && !c.leave() {
				return passOthers(ctx, cmds, i, next)
			}
		}
		return next(ctx, cmds)
	}
}

// passOthers lets the rest of a pipeline pass of which the call at index i was dropped. go-redis keeps the slice.
func passOthers(ctx context.Context, cmds []goredis.Cmder, i int, next goredis.ProcessPipelineHook) error {
	cmds[i].SetErr(errDropped)
	rest := append(make([]goredis.Cmder, 0, len(cmds)), cmds[:i]...)
	for _, cmd := range cmds[i+1:] {
		if c, ok := cmd.(*call); ok && !c.leave() {
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
