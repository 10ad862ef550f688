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

// notYet are the answers by which a server says that it did not run the command and may do so a little later.
var notYet = []string{
	"LOADING", "READONLY", "CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN", "NOREPLICAS", "BUSY ", "MOVED", "ASK",
}

// isNotYet tells whether err is one of those answers.
func isNotYet(err error) bool {
	text, ok := replyText(err)
	return ok && hasAnyPrefix(text, notYet)
}

// logins are the answers by which a server refuses a user name or password.
var logins = []string{"WRONGPASS", "NOAUTH", "ERR invalid password"}

// isLogin tells whether err is one of those answers.
func isLogin(err error) bool {
	text, ok := replyText(err)
	return ok && hasAnyPrefix(text, logins)
}

// isFull tells whether err is the answer by which a server refuses a connection beyond its maxclients.
func isFull(err error) bool {
	text, ok := replyText(err)
	return ok && strings.HasPrefix(text, "ERR max number of clients")
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

// refusals are the answers that say something of the command or the server, by how they begin.
// Those of a script are the same, with more behind.
var refusals = []struct {
	prefix string
	err    error
}{
	{"WRONGTYPE", kv.ErrWrongType},
	{"ERR value is not an integer", kv.ErrNotInteger},
	{"ERR increment or decrement would overflow", kv.ErrOverflow},
	{"OOM", kv.ErrOutOfMemory},
	{"MISCONF", kv.ErrStorageFull},
	{"BUSYKEY", errKeyThere},
	{"ERR Bad data format", errDump},
	{"ERR DUMP payload", errDump},
	{"NOAUTH", kv.Refuse(kv.ErrUnavailable, "Redis asks for a password: check redis_url")},
	{"WRONGPASS", kv.Refuse(kv.ErrUnavailable, "Redis refused the user name or password: check redis_url")},
	{"ERR invalid password", kv.Refuse(kv.ErrUnavailable, "Redis refused the password: check redis_url")},
	{"ERR AUTH", kv.Refuse(kv.ErrUnavailable, "Redis takes no password as it is configured: check redis_url")},
	{"NOPERM", errPermission},
	{"ERR The user executing the script can", errPermission}, // as it is said in a script, up to 7.0
	{"ERR ACL failure in script", errPermission},
}

var errPermission = kv.Refuse(kv.ErrUnavailable, "the Redis user lacks a permission: it needs +@read +@write +@scripting "+
	"+@connection +info +cluster and the keys kv:*")

// refusal returns what an error means that a server answered with: the command was not run.
func refusal(text string) error {
	for _, r := range refusals {
		if strings.HasPrefix(text, r.prefix) {
			return r.err
		}
	}
	return fmt.Errorf("redis: %s: %w", firstWords(text), kv.ErrUnavailable)
}

// firstWords returns the beginning of an answer, without what may be quoted from the command.
func firstWords(text string) string {
	if quote := strings.IndexAny(text, "'`\""); quote >= 0 {
		text = text[:quote]
	}
	return strings.TrimSpace(text[:min(len(text), 80)])
}

// outcome returns what err, with which a call has come back, means to its caller. The call is not under way any more.
func (c *call) outcome(ctx context.Context, err error) error {
	text, answered := replyText(err)
	switch {
	case answered:
		return refusal(text)
	case !c.sent() && isTimeout(err) && over(ctx):
		return fmt.Errorf("redis: not sent: %w", kv.ErrTimeout)
	case !c.sent():
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

// unfound returns what it means that the servers of a Cluster could not be told, or one of them not be asked.
func unfound(ctx context.Context, err error) error {
	if isAny(err, []error{kv.ErrTimeout, kv.ErrUnavailable}) {
		return err
	}
	return (&call{}).outcome(ctx, err)
}

// left returns what it means to its caller to leave a call that may be under way.
func (c *call) left() error {
	if c.drop() || !c.write {
		return fmt.Errorf("redis: %w", kv.ErrTimeout)
	}
	return fmt.Errorf("redis: no answer in time: %w", kv.ErrOutcomeUnknown)
}

// over tells whether the time of a context is over. A timer of the connection may be a moment ahead of the context's.
func over(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// isTimeout tells whether time ran out.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.As(err, &timeout) && timeout.Timeout()
}
