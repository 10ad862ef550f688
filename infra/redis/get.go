// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Get returns the value of key, nil if there is no such key. Errors: ErrWrongType, and ErrTooLarge for a value
// beyond Config.MaxAnswer, which another Redis client wrote and which is never held in memory. See GET in the Redis command
// reference.
func (s *Store) Get(ctx context.Context, p kv.ProjectID, key kv.Key) (kv.Value, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	k := name(p, key)
	w := s.windows.of(p)
	if s.large.expect(k) > 0 || !w.enter(time.Now) {
		return s.getMeasured(ctx, k)
	}
	text, err := s.text(ctx, k, 0)
	w.leave(time.Now, err == errLongReply)
	switch {
	case err == errLongReply: // it was read and dropped
		return s.getMeasured(ctx, k)
	case err != nil || text == nil:
		return nil, err
	case len(text) > kv.FreeBytes:
		if err := s.fits(int64(len(text))); err != nil {
			return nil, err
		}
		// Nothing waits for memory while it holds what is not counted.
		if err := kv.MemoryOf(ctx).Try(kv.Copies * int64(len(text))); err != nil {
			return nil, err
		}
	}
	return kv.Stored(text), s.fits(int64(len(text)))
}

// getMeasured is Get for a value that may be large: it is measured, and memory is taken for it before it is read. Strings
// beyond pipelinedString come over the connections of the operations on many keys.
func (s *Store) getMeasured(ctx context.Context, k string) (kv.Value, error) {
	size, err := s.takeSizes(ctx, []string{k})
	if err != nil {
		return nil, err
	}
	from := s
	if size > pipelinedString {
		from = s.bulk()
	}
	text, err := from.text(ctx, k, int(size))
	if err != nil || text == nil {
		return nil, err
	}
	s.large.note(k, len(text))
	if grown := int64(len(text)) - max(size, kv.FreeBytes); grown > 0 {
		if err := kv.MemoryOf(ctx).Try(kv.Copies * grown); err != nil {
			return nil, err
		}
	}
	return kv.Stored(text), s.fits(int64(len(text)))
}

// text reads a value that is expected to have size bytes; it returns nil if there is none.
func (s *Store) text(ctx context.Context, k string, size int) ([]byte, error) {
	c := newGet(ctx, k)
	c.size += size
	if err := s.do(ctx, &c.command); err != nil {
		return nil, err
	}
	text, err := c.reply.Bytes() // nothing else refers to it
	c.free(&textCommands)
	if err != nil { // no such key
		return nil, nil
	}
	if text == nil {
		text = []byte{}
	}
	s.large.note(k, len(text))
	return text, nil
}

// fits returns ErrTooLarge if values of so many bytes exceed Config.MaxAnswer.
func (s *Store) fits(size int64) error {
	if size > s.cfg.MaxAnswer {
		return kv.Refuse(kv.ErrTooLarge, "the values come to more than %d bytes", s.cfg.MaxAnswer)
	}
	return nil
}

// MGet returns the values in the order of keys, nil where a key is missing or of another type. It asks for the
// sizes first, so that values that exceed Config.MaxAnswer are not loaded, but for those that it just found to be short.
// See STRLEN and MGET in the Redis command reference.
func (s *Store) MGet(ctx context.Context, p kv.ProjectID, keys []kv.Key) ([]kv.Value, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	all := names(p, keys)
	groups := s.nodes.split(all)
	values, size, err := s.readOrMeasure(ctx, p, all, groups)
	if values != nil || err != nil {
		return values, err
	}
	if err := s.take(ctx, size, kv.FreeBytes); err != nil {
		return nil, err
	}
	cmds := make([]*goredis.SliceCmd, len(groups))
	commands := make([]*command, len(groups))
	for i, group := range groups {
		cmds[i] = goredis.NewSliceCmd(ctx, commandLine("mget", all, group)...)
		commands[i] = &command{Cmder: cmds[i], key: all[group[0]], size: int(size) + keyBytes(all, group)}
	}
	if err := s.batch(ctx, commands); err != nil {
		return nil, err
	}
	values = make([]kv.Value, len(keys))
	for i, group := range groups {
		place(values, cmds[i].Val(), group)
	}
	return values, nil
}

// place stores the reply to the MGET of a group in values, and returns its size in bytes.
func place(values []kv.Value, reply []any, group []int) (size int64) {
	for i, text := range reply {
		if text, ok := text.(string); ok {
			// Nobody writes to a value, and the reply is the only one that refers to this text.
			values[group[i]] = kv.Stored(unsafe.Slice(unsafe.StringData(text), len(text)))
			size += int64(len(text))
		}
	}
	return size
}

// takeSizes is valueBytes for values that are to be read. It takes memory for them. Errors: ErrTooLarge.
func (s *Store) takeSizes(ctx context.Context, keys []string) (int64, error) {
	sum, err := s.valueBytes(ctx, keys)
	if err != nil {
		return 0, err
	}
	return sum, s.take(ctx, sum, kv.FreeBytes)
}

// take takes memory for values of size bytes, of which some are paid for. Errors: ErrTooLarge.
func (s *Store) take(ctx context.Context, size, paid int64) error {
	if err := s.fits(size); err != nil || size <= paid {
		return err
	}
	return kv.MemoryOf(ctx).Take(ctx, kv.Copies*(size-min(paid, size)))
}

// valueBytes returns the total size of the values of keys, in bytes; a key of another type counts 0.
func (s *Store) valueBytes(ctx context.Context, keys []string) (sum int64, err error) {
	lengths, err := s.lengths(ctx, keys)
	return total(lengths), err
}

// total adds up lengths.
func total(lengths []int64) (sum int64) {
	for _, n := range lengths {
		sum += max(n, 0)
	}
	return sum
}

// anotherType is the length of a value that is not a string.
const anotherType = -1

// lengths returns the length of the value of each key, in bytes: 0 if there is none, or anotherType.
func (s *Store) lengths(ctx context.Context, keys []string) ([]int64, error) {
	var moment uint64
	if s.short != nil {
		moment = s.short.moment()
	}
	cmds := make([]*goredis.IntCmd, len(keys))
	commands := make([]*command, len(keys))
	for i, k := range keys {
		cmds[i] = goredis.NewIntCmd(ctx, "strlen", k)
		commands[i] = &command{Cmder: cmds[i], key: k, size: len(k)}
	}
	if err := s.batch(ctx, commands, kv.ErrWrongType); err != nil {
		return nil, fmt.Errorf("sizes: %w", err)
	}
	lengths := make([]int64, len(keys))
	for i, cmd := range cmds {
		if lengths[i] = cmd.Val(); cmd.Err() != nil {
			lengths[i] = anotherType
		}
	}
	if s.short != nil {
		s.short.note(keys, lengths, moment)
	}
	return lengths, nil
}
