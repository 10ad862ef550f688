// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// transientErrors are the answers by which a server says that it did not run the command and may do so a little later.
var transientErrors = []string{
	"LOADING", "READONLY", "CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN", "NOREPLICAS", "BUSY ", "MOVED", "ASK",
}

// isTransient tells whether err is one of those answers.
func isTransient(err error) bool {
	text, ok := replyText(err)
	return ok && hasAnyPrefix(text, transientErrors)
}

// authErrors are the answers by which a server refuses a user name or password.
var authErrors = []string{"WRONGPASS", "NOAUTH", "ERR invalid password"}

// isAuthError tells whether err is one of those answers.
func isAuthError(err error) bool {
	text, ok := replyText(err)
	return ok && hasAnyPrefix(text, authErrors)
}

// isLoading reports whether err is the answer of a server that is still loading its data.
func isLoading(err error) bool {
	text, ok := replyText(err)
	return ok && strings.HasPrefix(text, "LOADING")
}

// replyText returns the text of an error that a server answered with.
func replyText(err error) (string, bool) {
	if err == nil || errors.Is(err, goredis.Nil) {
		return "", false
	}
	var reply goredis.Error
	if !errors.As(err, &reply) {
		return "", false
	}
	return reply.Error(), true
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// outcome returns what err, with which a call has come back, means to its caller. The call is not under way any more.
func (c *command) outcome(ctx context.Context, err error) error {
	text, answered := replyText(err)
	switch {
	case answered:
		return replyError(text)
	case errors.Is(err, errOversize):
		return errTooLarge
	case !c.sent() && isTimeout(err) && expired(ctx):
		return fmt.Errorf("redis: not sent: %w", kv.ErrTimeout)
	case !c.sent():
		if known := faultOf("the Redis", err); known != nil {
			return fmt.Errorf("%w: %w", known, err) // which explain asks for more
		}
		return fmt.Errorf("redis: not sent: %w: %w", err, kv.ErrUnavailable)
	case err == nil || errors.Is(err, goredis.Nil):
		return nil
	case c.write:
		return fmt.Errorf("redis: no answer: %w: %w", err, kv.ErrOutcomeUnknown)
	case isTimeout(err):
		return fmt.Errorf("redis: no answer: %w: %w", err, kv.ErrTimeout)
	}
	return fmt.Errorf("redis: no answer: %w: %w", err, kv.ErrUnavailable)
}

// lookupError returns what it means that the servers of a Cluster could not be told, or one of them not be asked.
func lookupError(ctx context.Context, err error) error {
	if isAny(err, []error{kv.ErrTimeout, kv.ErrUnavailable}) {
		return err
	}
	return (&command{}).outcome(ctx, err)
}

// left returns what it means to its caller to leave a call that may be under way.
func (c *command) abandoned() error {
	if c.drop() || !c.write {
		return fmt.Errorf("redis: %w", kv.ErrTimeout)
	}
	return fmt.Errorf("redis: no answer in time: %w", kv.ErrOutcomeUnknown)
}

// over tells whether the time of a context is over. A timer of the connection may be a moment ahead of the context's.
func expired(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// isTimeout tells whether time ran out.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.As(err, &timeout) && timeout.Timeout()
}
