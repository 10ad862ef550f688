// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"slices"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/engine"
)

// defaultUser is what the default user of a server means for its AOF. While loading it, Redis checks the commands of each
// MULTI block against the permissions of the default user, and drops those that this user may not run:
// github.com/redis/redis/issues/14541, github.com/valkey-io/valkey/issues/3983. The writes of scripts are MULTI blocks too.
// It does not matter whether the user is on.
type defaultUser int

// If the servers differ, the largest counts.
const (
	userHarmless defaultUser = iota // it may run all that is written, or there is no AOF
	userUnknown                     // there is an AOF, and its permissions cannot be read
	userLoses
)

// aofCommands are commands as in the MULTI blocks of an AOF, on keys of projects and of control data.
var aofCommands = [][]any{
	{"set", "kv:p1:k", "v"}, {"mset", "kv:p1:k", "v"}, {"incrby", "kv:p1:k", "1"}, {"del", "kv:p1:k"}, {"unlink", "kv:p1:k"},
	{"pexpireat", "kv:p1:k", "1"}, {"persist", "kv:p1:k"},
	{"hset", "tempskv:{control}", "f", "v"}, {"hdel", "tempskv:{control}", "f"}, {"hincrby", "tempskv:{control}", "f", "1"},
	{"sadd", "tempskv:{control}", "m"}, {"srem", "tempskv:{control}", "m"}, {"zadd", "tempskv:{control}", "1", "m"}, {"zrem", "tempskv:{control}", "m"},
}

// defaultUser checks the default user of one server. See ACL DRYRUN in the Redis command reference.
func (s *Store) defaultUser(ctx context.Context, node *goredis.Client) (defaultUser, error) {
	info, err := s.info(ctx, node)
	if err != nil || info["aof_enabled"] != "1" {
		return userHarmless, err
	}
	commands, group := make([]*command, 1+len(aofCommands)), make([]int, 1+len(aofCommands))
	commands[0] = &command{Cmder: goredis.NewCmd(ctx, "acl", "getuser", "default"), noFailoverWait: true}
	for i, line := range aofCommands {
		commands[1+i], group[1+i] = &command{Cmder: goredis.NewCmd(ctx, append([]any{"acl", "dryrun", "default"}, line...)...), noFailoverWait: true}, 1+i
	}
	errs := make([]error, len(commands))
	sendPipeline(ctx, node, commands, group, errs)
	text, isReply := replyText(errs[0])
	switch {
	case errs[0] != nil && !isReply:
		return userUnknown, commands[0].outcome(ctx, errs[0])
	case isReply && strings.HasPrefix(text, "ERR unknown command"):
		return userHarmless, nil // up to Redis 5 there are no users
	case !isReply && mayAll(commands[0].Cmder.(*goredis.Cmd).Val()):
		return userHarmless, nil
	}
	for i, c := range commands[1:] {
		if errs[1+i] != nil {
			if isReply { // neither is permitted
				return userUnknown, nil
			}
			return userLoses, nil // Redis 6, which has no DRYRUN, and a user that may not run all
		}
		if c.Cmder.(*goredis.Cmd).Val() != "OK" {
			return userLoses, nil
		}
	}
	return userHarmless, nil
}

// mayAll reports whether a reply to ACL GETUSER is that of a user that may run all commands on all keys.
func mayAll(reply any) bool {
	fields, _ := reply.([]any)
	found := map[string]any{}
	for i := 0; i+1 < len(fields); i += 2 {
		if name, ok := fields[i].(string); ok {
			found[name] = fields[i+1]
		}
	}
	keys, _ := found["keys"].([]any) // of Redis 6; Redis 7 has a string
	commands, _ := found["commands"].(string)
	return commands == "+@all" && (found["keys"] == "~*" || slices.Contains(keys, any("*")))
}

const (
	fixDefaultUser = "ACL SETUSER default off ~* &* +@all (it stays off), the same in the ACL file or redis.conf (ACL SAVE or CONFIG " +
		"REWRITE), and BGREWRITEAOF before the next restart"
	losesText = "when this Redis restarts it drops from its AOF what scripts and transactions wrote, because its default " +
		"user may not run those commands (redis issue 14541): run " + fixDefaultUser
	unknownText = "whether this Redis would drop from its AOF, at a restart, what scripts and transactions wrote (redis issue " +
		"14541) could not be looked at: the user may not run ACL GETUSER; if ACL GETUSER default shows other commands than +@all " +
		"or other keys than ~*, run " + fixDefaultUser
)

// note adds a warning or note about the default user.
func (e *Examination) note(state defaultUser) {
	switch state {
	case userLoses:
		e.Warnings = append(e.Warnings, engine.WarnDefaultUser.With(losesText))
	case userUnknown:
		e.Notes = append(e.Notes, unknownText)
	}
}
