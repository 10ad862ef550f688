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
	"github.com/tempskv/tempskv/infra/redis/reply"
)

// transientErrors are error replies of a server that did not run the command and may run it a little later.
var transientErrors = []string{
	"LOADING", "READONLY", "CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN", "NOREPLICAS", "BUSY ", "MOVED", "ASK",
}

// isTransient reports whether err is one of those replies.
func isTransient(err error) bool {
	text, ok := replyText(err)
	return ok && hasAnyPrefix(text, transientErrors)
}

// authErrors are error replies to a wrong user name or password.
var authErrors = []string{"WRONGPASS", "NOAUTH", "ERR invalid password"}

// isAuthError reports whether err is one of those replies.
func isAuthError(err error) bool {
	text, ok := replyText(err)
	return ok && hasAnyPrefix(text, authErrors)
}

// isLoading reports whether err is the reply of a server that is still loading its data.
func isLoading(err error) bool {
	text, ok := replyText(err)
	return ok && strings.HasPrefix(text, "LOADING")
}

// isTooMuch reports whether err is of a server that announced more than it may.
func isTooMuch(err error) bool {
	_, ok := errors.AsType[*reply.Error](err)
	return ok
}

// isDropped reports whether err stands for a string that was read and dropped.
func isDropped(err error) bool {
	text, ok := replyText(err)
	return ok && hasAnyPrefix(text, []string{reply.TooLong, reply.Later})
}

// isLater reports whether err stands for a string that did not fit with the other replies of its pipeline.
func isLater(err error) bool {
	text, ok := replyText(err)
	return ok && strings.HasPrefix(text, reply.Later)
}

// replyText returns the text of an error reply.
func replyText(err error) (string, bool) {
	if err == nil || errors.Is(err, goredis.Nil) {
		return "", false
	}
	var said goredis.Error
	if !errors.As(err, &said) {
		return "", false
	}
	return said.Error(), true
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// outcome returns what err means to the caller of a command that is no longer under way.
func (c *command) outcome(ctx context.Context, err error) error {
	text, isReply := replyText(err)
	switch {
	case isReply && c.write && isDropped(err):
		return fmt.Errorf("redis: a reply that is too long: %w", kv.ErrOutcomeUnknown)
	case isReply:
		return replyError(text)
	case isTooMuch(err) && !c.write:
		return fmt.Errorf("%w: %w", faultOf("the Redis", err), err)
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
		return fmt.Errorf("redis: no reply: %w: %w", err, kv.ErrOutcomeUnknown)
	case isTimeout(err):
		return fmt.Errorf("redis: no reply: %w: %w", err, kv.ErrTimeout)
	}
	return fmt.Errorf("redis: no reply: %w: %w", err, kv.ErrUnavailable)
}

// lookupError returns what an error of finding or asking the servers of a Cluster means.
func lookupError(ctx context.Context, err error) error {
	if isAny(err, []error{kv.ErrTimeout, kv.ErrUnavailable}) {
		return err
	}
	return (&command{}).outcome(ctx, err)
}

// abandoned returns what it means to the caller to leave a command that may be under way.
func (c *command) abandoned() error {
	if c.drop() || !c.write {
		return fmt.Errorf("redis: %w", kv.ErrTimeout)
	}
	return fmt.Errorf("redis: no reply in time: %w", kv.ErrOutcomeUnknown)
}

// expired reports whether the deadline of a context has passed. A timer of the connection may fire a moment before it.
func expired(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// isTimeout reports whether err is a timeout.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.As(err, &timeout) && timeout.Timeout()
}
