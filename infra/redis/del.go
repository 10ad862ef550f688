// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Del deletes the keys and returns how many there were; a key given twice counts once.
// See DEL in the Redis command reference.
func (s *Store) Del(ctx context.Context, p kv.ProjectID, keys []kv.Key) (int64, error) {
	return s.count(ctx, "del", p, keys, true)
}

// Exists counts the keys that exist; a key given twice counts twice. See EXISTS in the Redis command reference.
func (s *Store) Exists(ctx context.Context, p kv.ProjectID, keys []kv.Key) (int64, error) {
	return s.count(ctx, "exists", p, keys, false)
}

// count sends a command that takes keys and returns a number, and adds up the numbers of all slots of a Cluster.
func (s *Store) count(ctx context.Context, verb string, p kv.ProjectID, keys []kv.Key, write bool) (int64, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	all := names(p, keys)
	groups := s.nodes.split(all)
	cmds := make([]*goredis.IntCmd, len(groups))
	commands := make([]*command, len(groups))
	for i, group := range groups {
		cmds[i] = goredis.NewIntCmd(ctx, commandLine(verb, all, group)...)
		commands[i] = &command{Cmder: cmds[i], key: all[group[0]], write: write, size: keyBytes(all, group)}
	}
	if err := s.batch(ctx, commands); err != nil {
		return 0, err
	}
	sum := int64(0)
	for _, cmd := range cmds {
		sum += cmd.Val()
	}
	return sum, nil
}

// commandLine returns a command line with the keys of one group, which must not change before it is sent. It refers to them,
// as each key would be allocated as an argument.
func commandLine(verb string, keys []string, group []int) []any {
	args := append(make([]any, 0, 1+len(group)), verb)
	for _, i := range group {
		args = append(args, &keys[i])
	}
	return args
}

// keyBytes returns the total size of the keys of one group, in bytes.
func keyBytes(keys []string, group []int) (n int) {
	for _, i := range group {
		n += len(keys[i])
	}
	return n
}
