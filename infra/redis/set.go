// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Set stores value under key, and reports false if the condition of o was not met. The
// value may still be read after Set has ended in an error: it must not be changed.
// See SET in the Redis command reference.
func (s *Store) Set(ctx context.Context, p kv.ProjectID, key kv.Key, v kv.Value, o kv.SetOptions) (bool, error) {
	if err := s.begin(ctx); err != nil {
		return false, err
	}
	defer s.end()
	k := name(p, key)
	args := appendSet(append(make([]any, 0, 7), "set", k), v, o)
	s.large.note(k, len(v))
	s.forget(len(v), k)
	defer s.forget(len(v), k)
	cmd := goredis.NewStatusCmd(ctx, args...)
	if err := s.do(ctx, &command{Cmder: cmd, key: k, write: true, size: len(k) + len(v)}); err != nil {
		return false, err
	}
	return cmd.Val() == "OK", nil
}

// appendSet appends the arguments of SET after the key.
func appendSet(args []any, v kv.Value, o kv.SetOptions) []any {
	args = append(args, []byte(v))
	if o.TTL != 0 {
		args = append(args, "px", o.TTL.Milliseconds())
	}
	if o.KeepTTL {
		args = append(args, "keepttl")
	}
	switch o.Condition {
	case kv.NX:
		args = append(args, "nx")
	case kv.XX:
		args = append(args, "xx")
	}
	return args
}

// onKeys begins a script that is the body of a function of keys and args alone.
const onKeys = "local keys, args = KEYS, ARGV"

// msetBody is the body of a Lua function that stores args[2i-1] under keys[i] for args[2i] milliseconds, or without end
// if that is 0. Memory is checked before the first write of a script only, so it stores all or nothing.
const msetBody = `
for i, key in ipairs(keys) do
	local reply
	if args[2*i] == '0' then
		reply = redis.pcall('SET', key, args[2*i-1])
	else
		reply = redis.pcall('SET', key, args[2*i-1], 'PX', args[2*i])
	end
	if reply.err then
		return reply
	end
end
return redis.status_reply('OK')`

const msetScript = onKeys + msetBody

// MSet stores every entry or none (before a Redis Cluster: per slot); of a key given twice the last wins.
// See MSET and EVAL in the Redis command reference.
func (s *Store) MSet(ctx context.Context, p kv.ProjectID, entries []kv.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	keys, size := make([]string, len(entries)), 0
	for i, e := range entries {
		keys[i] = name(p, e.Key)
		size += len(e.Value)
	}
	s.forget(size, keys...)
	defer s.forget(size, keys...)
	groups := s.nodes.split(keys)
	commands := make([]*command, len(groups))
	for i, group := range groups {
		commands[i] = msetCommand(ctx, keys, entries, group)
	}
	return s.batch(ctx, commands)
}

// msetCommand returns the command that stores one group of entries.
func msetCommand(ctx context.Context, keys []string, entries []kv.Entry, group []int) *command {
	args := append(make([]any, 0, 3+3*len(group)), "mset")
	size, expires := keyBytes(keys, group), false
	for _, i := range group {
		args = append(args, keys[i], []byte(entries[i].Value))
		size += len(entries[i].Value)
		expires = expires || entries[i].TTL != 0
	}
	if expires {
		args = append(args[:0], "eval", msetScript, len(group))
		for _, i := range group {
			args = append(args, keys[i])
		}
		for _, i := range group {
			args = appendEntry(args, entries[i])
		}
	}
	return &command{Cmder: goredis.NewStatusCmd(ctx, args...), key: keys[group[0]], write: true, size: size}
}

// appendEntry appends the arguments of msetBody for one key.
func appendEntry(args []any, e kv.Entry) []any {
	return append(args, []byte(e.Value), int64(e.TTL/time.Millisecond))
}
