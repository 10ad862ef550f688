// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strconv"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// mgetScript is MGET of values that come to ARGV[1] bytes at most; of others it returns how many bytes they have.
const mgetScript = `
local size = 0
for i = 1, #KEYS do
	local n = redis.pcall('STRLEN', KEYS[i])
	if type(n) == 'number' then
		size = size + n
	end
end
if size > tonumber(ARGV[1]) then
	return size
end
return redis.call('MGET', unpack(KEYS))`

// MGet returns the values in the order of keys, nil where a key is missing or of another type. Values that exceed
// Config.MaxAnswer are not loaded, and memory is taken for large ones before they are.
// See STRLEN, MGET and EVAL in the Redis command reference.
func (s *Store) MGet(ctx context.Context, p kv.ProjectID, keys []kv.Key) ([]kv.Value, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	all := names(p, keys)
	groups := s.nodes.split(all)
	if len(groups) == 1 {
		if texts, err := s.mgetSmall(ctx, all); texts != nil || err != nil {
			return texts, err
		}
	}
	return s.mgetMeasured(ctx, all, groups)
}

// mgetSmall returns the values of keys of one slot, nil if they come to more than is read without taking memory, or if the server
// runs no scripts.
func (s *Store) mgetSmall(ctx context.Context, keys []string) ([]kv.Value, error) {
	args := append(make([]any, 0, len(keys)+4), "eval", mgetScript, strconv.Itoa(len(keys)))
	size := len(mgetScript)
	for _, k := range keys {
		args = append(args, k)
		size += len(k)
	}
	args = append(args, strconv.FormatInt(min(kv.FreeBytes, s.cfg.MaxAnswer), 10))
	cmd := goredis.NewCmd(ctx, args...)
	if err := s.batch(ctx, []*command{{Cmder: cmd, key: keys[0], size: size}}); err != nil {
		if _, isReply := replyText(cmd.Err()); isReply {
			return nil, nil // the commands that need no script say the same, or succeed
		}
		return nil, err
	}
	texts, ok := cmd.Val().([]any)
	if !ok {
		return nil, nil
	}
	values := make([]kv.Value, len(keys))
	for i, text := range texts {
		values[i] = stored(text)
	}
	return values, nil
}

// mgetMeasured is MGet of values that may be large. It asks for their sizes first.
func (s *Store) mgetMeasured(ctx context.Context, keys []string, groups [][]int) ([]kv.Value, error) {
	size, err := s.takeSizes(ctx, keys)
	if err != nil {
		return nil, err
	}
	cmds := make([]*goredis.SliceCmd, len(groups))
	commands := make([]*command, len(groups))
	for i, group := range groups {
		cmds[i] = goredis.NewSliceCmd(ctx, commandLine("mget", keys, group)...)
		commands[i] = &command{Cmder: cmds[i], key: keys[group[0]], size: int(size) + keyBytes(keys, group)}
	}
	if err := s.batch(ctx, commands); err != nil {
		return nil, err
	}
	values := make([]kv.Value, len(keys))
	for i, group := range groups {
		for j, text := range cmds[i].Val() {
			values[group[j]] = stored(text)
		}
	}
	return values, nil
}

// stored returns a value of a reply, nil if there is none.
func stored(text any) kv.Value {
	if text, ok := text.(string); ok {
		return kv.Stored([]byte(text))
	}
	return nil
}
