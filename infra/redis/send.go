// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Pauses before a command that was rejected for now is sent again.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = 200 * time.Millisecond
)

// rejectedTime bounds how long a command that a server rejects for now is sent again: a failover or a slot that moves takes
// less, and waiting does not help against a replica or a lost quorum.
const rejectedTime = 700 * time.Millisecond

// minRejections is how often a command is sent, even beyond rejectedTime: servers, or this machine, may be so busy that each
// rejection comes late, and a redirection is followed only after the second one.
const minRejections = 5

// maxReadRepeats is how often a read is sent again whose connection broke.
const maxReadRepeats = 2

// errAbandoned is what a queue returns if the context ended while the command may have been under way.
var errAbandoned = errors.New("abandoned")

// do sends a command and waits for its reply, which is then in the command. An error reply becomes a kv error, a nil reply
// is no error.
func (s *Store) do(ctx context.Context, c *command) error {
	bypassQueue := !s.cfg.Coalesce || c.size >= largeCommand
	for n := 0; ; n++ {
		var node *goredis.Client
		var err error
		if !bypassQueue {
			node, err = s.nodes.holder(ctx, c.key)
		}
		switch {
		case bypassQueue:
			err = s.nodes.Process(ctx, c)
		case err == nil:
			err = s.queues.of(node).do(ctx, node, c)
		}
		if err == errAbandoned {
			s.nodes.refresh(ctx)
			return c.abandoned()
		}
		if !s.mayRepeat(ctx, c, err, n) || !pause(ctx, n, isMoved(err) && !bypassQueue || isLater(err)) {
			return c.outcome(ctx, err)
		}
		// A pipeline goes to one server, and follows no redirection; its replies share one bound.
		bypassQueue = bypassQueue || isMoved(err) || isLater(err)
		c.reset()
	}
}

// mayRepeat reports whether a command that failed with err the n-th time may be sent again: the server said that it did not
// run it, or it was not sent and another server may take over, or it is a read whose connection broke or timed out idle.
func (s *Store) mayRepeat(ctx context.Context, c *command, err error, n int) bool {
	switch _, isReply := replyText(err); {
	case err == nil, errors.Is(err, goredis.Nil), errors.Is(err, errQueueFull), errors.Is(err, errNotOurs), isTooMuch(err):
		return false
	case isLater(err):
		return !c.write && n < maxReadRepeats
	case isReply && isAuthError(err) && s.cfg.Rejected != nil && !c.loginRepeated:
		c.loginRepeated = true
		s.cfg.Rejected()
		return true
	case isReply && !isTransient(err):
		return false
	case isReply:
		s.nodes.refresh(ctx)
		return c.mayRetryLater(err)
	}
	s.nodes.refresh(ctx) // another server may have replaced this one
	if !c.sent() {
		return s.nodes.failsOver() && !c.noFailoverWait
	}
	return !c.write && (n < maxReadRepeats && !isTimeout(err) || n == 0 && errors.Is(err, errIdleTimeout))
}

// mayRetryLater reports whether a command that was rejected with err is sent again later.
func (c *command) mayRetryLater(err error) bool {
	if c.rejections++; c.rejections == 1 {
		c.rejectedAt = time.Now()
	}
	return c.rejections < minRejections || time.Since(c.rejectedAt) < rejectedTime || c.waitForLoading && isLoading(err)
}

// isMoved reports whether another server of a Cluster holds the key.
func isMoved(err error) bool {
	text, ok := replyText(err)
	return ok && hasAnyPrefix(text, []string{"MOVED", "ASK"})
}

// pause waits before the command is sent again the n-th time, or not at all if it goes elsewhere. It reports false if hardly
// any of the caller's time would be left: the error that is known now is better than a timeout.
func pause(ctx context.Context, n int, elsewhere bool) bool {
	if elsewhere {
		return ctx.Err() == nil
	}
	d := min(firstPause<<min(n, 10), lastPause)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < 2*d {
		return false
	}
	timer := time.NewTimer(d/2 + rand.N(d/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// begin registers an operation, for which Close waits until end.
func (s *Store) begin(ctx context.Context) error {
	if !s.closing.TryRLock() { // Close waits for the lock, or has it
		return errClosed()
	}
	switch {
	case s.closed:
		s.closing.RUnlock()
		return errClosed()
	case ctx.Err() != nil:
		s.closing.RUnlock()
		return fmt.Errorf("redis: not sent: %w", kv.ErrTimeout)
	}
	return nil
}

func (s *Store) end() { s.closing.RUnlock() }

func errClosed() error { return fmt.Errorf("redis: the store is closed: %w", kv.ErrUnavailable) }
