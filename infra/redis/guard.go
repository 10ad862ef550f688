// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"
)

// Guard keeps connections from carrying calls whose server is not the one that it should be: another may have come to
// listen at its address, or it may have come back without its data. It is made by NewGuard.
type Guard struct {
	args   []any
	want   atomic.Pointer[string]
	doubts chan struct{}
}

// NewGuard returns a guard that asks the server of each new connection by a command that answers with one text, or a list
// of one. It demands nothing yet.
func NewGuard(args ...any) *Guard { return &Guard{args: args, doubts: make(chan struct{}, 1)} }

// Expect says what the servers of connections that are made from now on have to answer; empty: anything.
func (g *Guard) Expect(want string) { g.want.Store(&want) }

// Doubts holds a token where a server answered something else.
func (g *Guard) Doubts() <-chan struct{} { return g.doubts }

// expected returns what Expect was told, empty at first.
func (g *Guard) expected() string {
	if want := g.want.Load(); want != nil {
		return *want
	}
	return ""
}

// errNotOurs is what a connection ends in whose server is another. It wraps nothing: go-redis would unwrap it.
var errNotOurs = errors.New("the server is another, or has lost its data")

// accepts reports whether an answer is that of the right server. What moves many keys may fill a database that has lost its
// own, too.
func (c Config) accepts(answer, want string) bool {
	return answer == want || c.refills && (answer == "" || parseMark(answer).Owner == want)
}

// onConnect returns what looks at each new connection before anything goes out on it, nil if nothing does.
func (t *target) onConnect(c Config) func(context.Context, *goredis.Conn) error {
	if c.Guard == nil {
		return nil
	}
	return func(ctx context.Context, conn *goredis.Conn) error {
		want := c.Guard.expected()
		if want == "" {
			return nil
		}
		answer, pass, err := t.readMark(ctx, conn, c, true)
		if err != nil || pass || c.accepts(answer, want) {
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

// readMark asks a server. In a Cluster another one may hold the key: it is asked where this one says that it is, since it is
// this one's word that counts. It reports pass where the answer proves nothing: the user may not read the key; a Sentinel
// has none.
func (t *target) readMark(ctx context.Context, server doer, c Config, follow bool) (answer string, pass bool, err error) {
	reply, err := server.Do(ctx, c.Guard.args...).Result()
	text, refused := replyText(err)
	switch {
	case refused && hasAnyPrefix(text, []string{"NOPERM", "ERR unknown command"}):
		return "", true, nil
	case refused && follow && strings.HasPrefix(text, "MOVED "):
		return t.readMarkAt(ctx, text[strings.LastIndexByte(text, ' ')+1:], c)
	case err != nil && !errors.Is(err, goredis.Nil):
		return "", false, err
	}
	if list, ok := reply.([]any); ok && len(list) == 1 {
		reply = list[0]
	}
	answer, _ = reply.(string)
	return answer, false, nil
}

// readMarkAt is prove of the server at an address that another one has named.
func (t *target) readMarkAt(ctx context.Context, addr string, c Config) (answer string, pass bool, err error) {
	plain := c
	plain.Guard = nil
	options := t.options(plain)
	options.Addr = addr
	other := goredis.NewClient(options)
	defer other.Close()
	return t.readMark(ctx, other, c, false)
}
