// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// loadScript returns the type, value and expiry of each key at one moment: the value of a string, or the dump of another
// type, and the expiry in milliseconds since 1970, -1 if there is none. Before 7.0 there is no PEXPIRETIME: there it is the
// time plus the time to live, which may be a millisecond too high.
const loadScript = `
local all = {}
for i, key in ipairs(KEYS) do
	local kind, value = redis.call('TYPE', key).ok, false
	if kind == 'string' then
		value = redis.call('GET', key)
	elseif kind ~= 'none' then
		value = redis.call('DUMP', key)
	end
	local at = redis.pcall('PEXPIRETIME', key)
	if type(at) == 'table' then
		at = redis.call('PTTL', key)
		if at >= 0 then
			local now = redis.call('TIME')
			at = at + now[1] * 1000 + math.floor(now[2] / 1000)
		end
	end
	all[i] = {value and kind or 'none', value or '', at}
end
return all`

// maxLoaded is how many keys one script loads. Requests wait for it, about half a millisecond.
const maxLoaded = 100

// load calls f with the records of names, in their order, each with its name as the key and without a project; Type is NoType
// if there is no such key, and kv.TooLargeType if its value is a string of more than kv.MaxRecordBytes, which is not loaded. It
// loads no more at once than f may get, as far as sizes are known before.
func (s *Store) load(ctx context.Context, names []string, f func(first int, loaded []kv.Record) error) error {
	for first := 0; first < len(names); {
		end := min(first+kv.MaxRecords, len(names))
		sizes, err := s.volumes(ctx, names[first:end])
		if err != nil {
			return err
		}
		for len(sizes) > 0 {
			n := batch(len(sizes), func(i int) int { return len(names[first+i]) + int(sizes[i]) })
			loaded, err := s.loadUnless(ctx, names[first:first+n], sizes)
			if err != nil {
				return err
			}
			if err := f(first, loaded); err != nil {
				return err
			}
			first, sizes = first+n, sizes[n:]
		}
	}
	return nil
}

// loadUnless loads the records of a few names with these sizes, unless it is one that is too large.
func (s *Store) loadUnless(ctx context.Context, names []string, sizes []int64) ([]kv.Record, error) {
	if len(names) == 1 && sizes[0] == tooLarge {
		return []kv.Record{{Key: kv.Key(names[0]), Type: kv.TooLargeType}}, nil
	}
	return s.loadSome(ctx, names)
}

// tooLarge is the size of a string of more than kv.MaxRecordBytes, which comes alone.
const tooLarge = math.MaxInt32

// volumes returns the size of the value of each key, in bytes; that of another type than string is about its memory in the
// server. See STRLEN and MEMORY USAGE in the Redis command reference.
func (s *Store) volumes(ctx context.Context, names []string) ([]int64, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	sizes, err := s.lengths(ctx, names)
	if err != nil {
		return nil, err
	}
	var cmds []*goredis.IntCmd
	var commands []*command
	var of []int
	for i, size := range sizes {
		if size > kv.MaxRecordBytes {
			sizes[i] = tooLarge
		}
		if size == anotherType {
			cmd := goredis.NewIntCmd(ctx, "memory", "usage", names[i])
			cmds, of = append(cmds, cmd), append(of, i)
			commands = append(commands, &command{Cmder: cmd, key: names[i], size: len(names[i])})
		}
	}
	if len(commands) == 0 {
		return sizes, nil
	}
	if err := s.batch(ctx, commands); err != nil {
		return nil, err
	}
	for j, i := range of {
		sizes[i] = min(cmds[j].Val(), tooLarge-1)
	}
	return sizes, nil
}

// loadSome loads the records of a few names.
func (s *Store) loadSome(ctx context.Context, names []string) ([]kv.Record, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	var groups [][]int
	for _, group := range s.nodes.split(names) {
		groups = slices.AppendSeq(groups, slices.Chunk(group, maxLoaded))
	}
	cmds := make([]*goredis.SliceCmd, len(groups))
	commands := make([]*command, len(groups))
	for i, group := range groups {
		args := append(make([]any, 0, 3+len(group)), "eval", loadScript, len(group))
		for _, j := range group {
			args = append(args, names[j])
		}
		cmds[i] = goredis.NewSliceCmd(ctx, args...)
		commands[i] = &command{Cmder: cmds[i], key: names[group[0]], size: len(loadScript) + keyBytes(names, group)}
	}
	if err := s.batch(ctx, commands); err != nil {
		return nil, err
	}
	records := make([]kv.Record, len(names))
	for i, group := range groups {
		if len(cmds[i].Val()) != len(group) {
			return nil, fmt.Errorf("redis: %d replies for %d keys", len(cmds[i].Val()), len(group))
		}
		for j, reply := range cmds[i].Val() {
			r, err := loaded(reply)
			if err != nil {
				return nil, err
			}
			r.Key = kv.Key(names[group[j]])
			records[group[j]] = r
		}
	}
	return records, nil
}

// loaded parses the reply of loadScript for one key.
func loaded(reply any) (r kv.Record, err error) {
	parts, _ := reply.([]any)
	if len(parts) != 3 {
		return r, fmt.Errorf("redis: a reply of %d parts", len(parts))
	}
	kind, _ := parts[0].(string)
	value, _ := parts[1].(string)
	at, _ := parts[2].(int64)
	switch kind {
	case kv.NoType:
		return kv.Record{Type: kv.NoType}, nil
	case "string":
		r.Text = []byte(value)
	default:
		r.Type, r.Dump = kind, []byte(value)
	}
	if r.Size() > kv.MaxRecordBytes {
		r = kv.Record{Type: kv.TooLargeType}
	}
	if at > 0 {
		r.ExpiresAt = time.UnixMilli(at).UTC()
	}
	return r, nil
}
