// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Describe returns what each of the keys holds, in their order, without its value. The type of what is not a string is
// kv.UnknownType if the user may not send TYPE. See STRLEN, PTTL, GETRANGE and TYPE in the Redis command reference.
func (s *Store) Describe(ctx context.Context, p kv.ProjectID, keys []kv.Key) ([]kv.Description, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	all := names(p, keys)
	found := make([]kv.Description, len(keys))
	lengths, err := s.lengths(ctx, all)
	if err != nil {
		return nil, err
	}
	if err := s.beginnings(ctx, all, lengths, found); err != nil {
		return nil, err
	}
	return found, s.otherTypes(ctx, all, lengths, found)
}

// beginnings describes keys by the time that they have left, and by how their values begin. These have the given lengths.
func (s *Store) beginnings(ctx context.Context, names []string, lengths []int64, found []kv.Description) error {
	left := make([]*goredis.IntCmd, len(names))
	texts := make([]*goredis.StringCmd, len(names))
	var commands []*command
	for i, k := range names {
		left[i] = goredis.NewIntCmd(ctx, "pttl", k)
		commands = append(commands, &command{Cmder: left[i], key: k, size: len(k)})
		if lengths[i] == anotherType {
			continue
		}
		texts[i] = goredis.NewStringCmd(ctx, "getrange", k, 0, kv.BeginningBytes-1)
		commands = append(commands, &command{Cmder: texts[i], key: k, size: len(k) + kv.BeginningBytes})
	}
	// A key may change its type in between.
	if err := s.batch(ctx, commands, kv.ErrWrongType); err != nil {
		return err
	}
	for i := range names {
		d := kv.Description{Type: kv.UnknownType, TTL: timeLeft(left[i].Val())}
		switch {
		case d.TTL == kv.NoKey:
			d.Type = kv.NoType
		case texts[i] != nil && texts[i].Err() == nil:
			d.Size = lengths[i]
			d.Type = kv.TypeOf([]byte(texts[i].Val()), d.Size)
		}
		found[i] = d
	}
	return nil
}

// otherTypes asks for the types of the keys that hold no string.
func (s *Store) otherTypes(ctx context.Context, names []string, lengths []int64, found []kv.Description) error {
	var cmds []*goredis.StatusCmd
	var commands []*command
	var of []int
	for i, k := range names {
		if lengths[i] != anotherType || found[i].TTL == kv.NoKey {
			continue
		}
		cmd := goredis.NewStatusCmd(ctx, "type", k)
		cmds, of = append(cmds, cmd), append(of, i)
		commands = append(commands, &command{Cmder: cmd, key: k, size: len(k)})
	}
	if len(commands) == 0 {
		return nil
	}
	if err := s.batch(ctx, commands, errPermission); err != nil {
		return err
	}
	for j, i := range of {
		switch kind := cmds[j].Val(); kind {
		case "", "string": // not permitted, or replaced in between
		case kv.NoType:
			found[i] = kv.NoSuchKey()
		default:
			found[i].Type = kind
		}
	}
	return nil
}
