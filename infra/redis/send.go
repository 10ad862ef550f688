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

// Pauses before a command is sent again that was refused for now.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = 200 * time.Millisecond
)

// refusedTime bounds how long a call is sent again that a server refuses for now: a failover or a slot that moves takes
// less, and a replica or a lost quorum does not heal by waiting.
const refusedTime = 700 * time.Millisecond

// readAgain is how often a read is sent anew whose connection broke.
const readAgain = 2

// errLeft is what attempt returns if the caller's time ran out while the call was, perhaps, under way.
var errLeft = errors.New("left")

// do sends a call and waits for its answer, which is in the call then. An answer
// that says no ends in a kv error, one that is nil does not.
func (s *Store) do(ctx context.Context, c *call) error {
	past := !s.cfg.Coalesce || c.size >= largeCommand
	for n := 0; ; n++ {
		err := s.attempt(ctx, c, past)
		if err == errLeft {
			s.nodes.refresh(ctx)
			return c.left()
		}
		if !s.mayRepeat(ctx, c, err, n) || !pause(ctx, n, isMoved(err) && !past) {
			return c.outcome(ctx, err)
		}
		past = past || isMoved(err) // the pipelines go to one server, and follow nothing
		c.again()
	}
}

// attempt sends the call once, through a pipeline that it shares or past them. It returns errLeft,
// or how the call came back.
func (s *Store) attempt(ctx context.Context, c *call, past bool) error {
	if past {
		return s.nodes.Process(ctx, c)
	}
	node, err := s.nodes.holder(ctx, c.key)
	if err != nil {
		return err
	}
	return s.queues.of(node).do(ctx, node, c)
}

// mayRepeat tells whether a call that came back with err the n-th time may be sent again: the server said that it
// did not run it, or it was not sent and another server may take over, or it is a read whose connection broke or fell
// silent.
func (s *Store) mayRepeat(ctx context.Context, c *call, err error, n int) bool {
	switch _, answered := replyText(err); {
	case err == nil, errors.Is(err, goredis.Nil), errors.Is(err, errQueueFull), errors.Is(err, errNotOurs):
		return false
	case answered && isLogin(err) && s.cfg.Refused != nil && !c.loggedIn:
		c.loggedIn = true
		s.cfg.Refused()
		return true
	case answered && !isNotYet(err):
		return false
	case answered:
		s.nodes.refresh(ctx)
		return c.mayWait(err)
	}
	s.nodes.refresh(ctx) // the server may be gone, and another have its place
	if !c.sent() {
		return s.nodes.failsOver() && !c.hasty
	}
	return !c.write && (n < readAgain && !isTimeout(err) || n == 0 && errors.Is(err, errSilent))
}

// mayWait reports whether a call that was refused with err is sent again later.
func (c *call) mayWait(err error) bool {
	if c.refused.IsZero() {
		c.refused = time.Now()
	}
	return time.Since(c.refused) < refusedTime || c.patient && isLoading(err)
}

// isMoved tells whether another server of a Cluster holds the key.
func isMoved(err error) bool {
	text, ok := replyText(err)
	return ok && hasAnyPrefix(text, []string{"MOVED", "ASK"})
}

// pause waits before the call is sent the n-th time again, or not at all if it is to go elsewhere. It reports
// false if hardly any of the caller's time would be left then: what is known now is
// a better answer than one that may come too late.
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

// begin registers a call with Close. After it, end is called.
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
