// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// OwnerKey is the key of the mark, which says whose the keys of the projects are. No project reaches it, and it never expires.
const OwnerKey = "kv:owner"

// emptied follows the id in a mark that was written when the mark and the keys were gone.
const emptied = " emptied"

func markText(m kv.Mark) string {
	if m.Emptied {
		return m.Owner + emptied
	}
	return m.Owner
}

func parseMark(text string) kv.Mark {
	owner, found := strings.CutSuffix(text, emptied)
	return kv.Mark{Owner: owner, Emptied: found}
}

// Mark returns the mark of the database, whatever Guard demands.
func (s *Store) Mark(ctx context.Context) (kv.Mark, error) {
	get := goredis.NewStringCmd(ctx, "get", OwnerKey)
	switch err := s.unguarded().run(ctx, &command{Cmder: get, key: OwnerKey}); {
	case errors.Is(err, errPermission):
		return kv.Mark{Hidden: true}, nil
	case err != nil:
		return kv.Mark{}, err
	}
	m := parseMark(get.Val())
	info := map[string]string{}
	for _, section := range []string{"server", "persistence", "commandstats"} { // only Redis 7 takes several at once
		cmd := goredis.NewStringCmd(ctx, "info", section)
		if err := s.unguarded().run(ctx, &command{Cmder: cmd, key: OwnerKey}); err != nil {
			return m, err
		}
		maps.Copy(info, parseInfo(cmd.Val()))
	}
	m.Run = info["run_id"]
	for _, command := range []string{"flushall", "flushdb", "swapdb"} {
		m.Flushes += callsOf(info["cmdstat_"+command])
	}
	if info["aof_enabled"] == "0" {
		m.Unsaved, _ = strconv.ParseInt(info["rdb_changes_since_last_save"], 10, 64)
	}
	return m, nil
}

// callsOf returns the number of calls in a line of INFO commandstats, such as calls=2,usec=5; 0 for none.
func callsOf(line string) int64 {
	calls, _, _ := strings.Cut(strings.TrimPrefix(line, "calls="), ",")
	n, _ := strconv.ParseInt(calls, 10, 64)
	return n
}

// claimMarkScript replaces ARGV[1] with ARGV[2].
const claimMarkScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then
	redis.call('SET', KEYS[1], ARGV[2])
end
return redis.status_reply('OK')`

// Claim replaces the mark before with after, and returns the mark that the database has then. Of several concurrent claims one
// succeeds. Errors: as kv.Store; the mark may have been written then.
func (s *Store) Claim(ctx context.Context, before, after kv.Mark) (kv.Mark, error) {
	args := []any{"set", OwnerKey, markText(after), "nx"}
	if before.Owner != "" {
		args = []any{"eval", claimMarkScript, 1, OwnerKey, markText(before), markText(after)}
	}
	set := goredis.NewStatusCmd(ctx, args...)
	if err := s.unguarded().run(ctx, &command{Cmder: set, key: OwnerKey, write: true}); err != nil {
		return kv.Mark{}, err
	}
	return s.Mark(ctx)
}

// HoldsKeys reports whether there is a key of any project, whatever Guard demands.
func (s *Store) HoldsKeys(ctx context.Context) (found bool, err error) {
	stop := errors.New("found")
	err = s.unguarded().walk(ctx, idsPrefix+"*", func(names []string) error {
		for _, name := range names {
			if _, _, ok := ParseName(name); ok {
				return stop
			}
		}
		return nil
	})
	if errors.Is(err, stop) {
		return true, nil
	}
	return false, err
}

// Guard restricts new connections to servers with the mark of owner; empty lifts the restriction.
func (s *Store) Guard(owner string) { s.cfg.Guard.Expect(owner) }

// Doubts receives a value when the server of a new connection had another mark than Guard demands.
func (s *Store) Doubts() <-chan struct{} { return s.cfg.Guard.Doubts() }
