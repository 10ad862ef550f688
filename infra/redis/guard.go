// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"
)

// Guard rejects connections to the wrong server: another one may listen at its address, or it may have lost its data. It is
// made by NewGuard.
type Guard struct {
	args   []any
	want   atomic.Pointer[string]
	doubts chan struct{}
}

// NewGuard returns a guard that sends the server of each new connection a command whose reply is one string, or a list of
// one. It accepts every server at first.
func NewGuard(args ...any) *Guard { return &Guard{args: args, doubts: make(chan struct{}, 1)} }

// Expect sets the reply that the servers of new connections must give; empty: any.
func (g *Guard) Expect(want string) { g.want.Store(&want) }

// Doubts receives a value when a server gave another reply.
func (g *Guard) Doubts() <-chan struct{} { return g.doubts }

// expected returns the reply that Expect has set, empty at first.
func (g *Guard) expected() string {
	if want := g.want.Load(); want != nil {
		return *want
	}
	return ""
}

// errNotOurs is the error of a connection to the wrong server. It wraps nothing, since go-redis would unwrap it.
var errNotOurs = errors.New("the server is another, or has lost its data")

// accepts reports whether a reply is that of the right server. A store that moves many keys may also fill a database that has
// lost its keys.
func (c Config) accepts(reply, want string) bool {
	return reply == want || c.refills && (reply == "" || parseMark(reply).Owner == want)
}

// onConnect returns the check of each new connection before a command goes out on it, nil if there is none.
func (t *target) onConnect(c Config) func(context.Context, *goredis.Conn) error {
	if c.Guard == nil {
		return nil
	}
	return func(ctx context.Context, conn *goredis.Conn) error {
		want := c.Guard.expected()
		if want == "" {
			return nil
		}
		reply, pass, err := t.readMark(ctx, conn, c, true)
		if err != nil || pass || c.accepts(reply, want) {
			return err
		}
		select {
		case c.Guard.doubts <- struct{}{}:
		default:
		}
		return errNotOurs
	}
}

// doer is a connection, or a client, of one server.
type doer interface {
	Do(ctx context.Context, args ...any) *goredis.Cmd
}

// readMark asks a server for the mark. In a Cluster another server may hold its key; then that one is asked, since this server
// says so. It reports pass if the reply proves nothing: the user may not read the key, or the server is a Sentinel.
func (t *target) readMark(ctx context.Context, server doer, c Config, follow bool) (reply string, pass bool, err error) {
	result, err := server.Do(ctx, c.Guard.args...).Result()
	text, rejected := replyText(err)
	switch {
	case rejected && hasAnyPrefix(text, []string{"NOPERM", "ERR unknown command"}):
		return "", true, nil
	case rejected && follow && strings.HasPrefix(text, "MOVED "):
		return t.readMarkAt(ctx, text[strings.LastIndexByte(text, ' ')+1:], c)
	case err != nil && !errors.Is(err, goredis.Nil):
		return "", false, err
	}
	if list, ok := result.([]any); ok && len(list) == 1 {
		result = list[0]
	}
	reply, _ = result.(string)
	return reply, false, nil
}

// readMarkAt is readMark at an address that another server has named.
func (t *target) readMarkAt(ctx context.Context, addr string, c Config) (reply string, pass bool, err error) {
	plain := c
	plain.Guard = nil
	options := t.options(plain)
	options.Addr = addr
	other := goredis.NewClient(options)
	defer other.Close()
	return t.readMark(ctx, other, c, false)
}
