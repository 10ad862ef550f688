// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"bytes"
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// fewKeys is how many keys can be read about as fast as one; more are a walk.
const fewKeys = 32

// each runs f for each of n keys, one after the other, at one time and on one snapshot of the store.
func (s *Store) each(
	ctx context.Context, n int, f func(ctx context.Context, r *reader, i int, now int64) error,
) error {
	read := s.read
	if n > fewKeys {
		read = s.walk
	}
	return read(ctx, func(inner context.Context, r *reader) error {
		return r.snapshot(inner, func() error {
			now := s.config.now()
			for i := range n {
				if ctx.Err() != nil {
					return sqlite.Err(ctx.Err())
				}
				if err := f(inner, r, i, now); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// MGet returns the values in the order of keys, nil where a key is missing. Errors: ErrTooLarge if the values exceed
// Config.MaxAnswer; else as kv.Store.
func (s *Store) MGet(ctx context.Context, p kv.ProjectID, keys []kv.Key) ([]kv.Value, error) {
	if values, ok, err := s.knownValues(ctx, p, keys); ok || err != nil {
		return values, err
	}
	taken := int64(0)
	for {
		room := max(taken, freeValues)
		values, size, err := s.readMany(ctx, p, keys, room)
		if err != nil || size <= room {
			return values, err
		}
		// Without a reader, since this may wait, and without what was read.
		if err := kv.MemoryOf(ctx).Take(ctx, kv.Copies*(size-taken)); err != nil {
			return nil, err
		}
		taken = size
	}
}

// knownValues returns the values if the cache has all, and no memory has to be taken for them.
func (s *Store) knownValues(ctx context.Context, p kv.ProjectID, keys []kv.Key) (values []kv.Value, ok bool, err error) {
	if s.cache == nil {
		return nil, false, nil
	}
	if err := s.readable(ctx); err != nil {
		return nil, false, err
	}
	names := make([]rowKey, len(keys))
	for i, key := range keys {
		names[i] = rowKeyOf(p, key)
	}
	all, ok := s.cache.getAll(names)
	size, now := int64(0), s.config.now()
	for _, found := range all {
		size += int64(len(found.value))
	}
	if !ok || size > min(freeValues, s.config.MaxAnswer) {
		return nil, false, nil
	}
	values = make([]kv.Value, len(keys))
	for i, found := range all {
		if found.live(now) {
			values[i] = bytes.Clone(found.value) // callers may change what they get
		}
	}
	return values, true, nil
}

// freeValues is how large values may be together that are read without taking memory for them.
const freeValues = 512 << 10

// readMany reads values, and returns their size. If that is more than room, it measures those that are left, and the values are
// of no use.
func (s *Store) readMany(ctx context.Context, p kv.ProjectID, keys []kv.Key, room int64) (values []kv.Value, size int64, err error) {
	values = make([]kv.Value, 0, len(keys))
	put := s.putLater(p, keys)
	err = s.each(ctx, len(keys), func(ctx context.Context, r *reader, i int, now int64) error {
		most, apart := int64(0), sizeOf(len(keys[i]), 0) // of its row, and of that without the value
		if size <= room {
			most = room - size + apart
		}
		v, expires, row, err := r.get(ctx, p, keys[i], now, most)
		if err == nil && row == 0 {
			put(i, cached{v, expires})
		}
		if size += int64(len(v)); row > 0 {
			size += row - apart
		}
		if size > s.config.MaxAnswer {
			return s.config.tooLarge()
		}
		values = append(values, v)
		return err
	})
	return values, size, err
}

// putLater is called before keys are read from the file. It returns what notes in the cache what one of them was found to be.
func (s *Store) putLater(p kv.ProjectID, keys []kv.Key) func(i int, found cached) {
	if s.cache == nil {
		return func(int, cached) {}
	}
	names, begun := make([]rowKey, len(keys)), make([]uint64, len(keys))
	for i, key := range keys {
		names[i] = rowKeyOf(p, key)
		begun[i] = s.cache.begin(names[i])
	}
	return func(i int, found cached) { s.cache.put(names[i], begun[i], found) }
}

// tooLarge refuses values beyond MaxAnswer.
func (c *Config) tooLarge() error {
	return kv.Refuse(kv.ErrTooLarge, "the values come to more than %d bytes: ask for fewer keys", c.MaxAnswer)
}

// Exists counts the keys that exist; a key given twice counts twice. Errors: as kv.Store.
func (s *Store) Exists(ctx context.Context, p kv.ProjectID, keys []kv.Key) (n int64, err error) {
	err = s.each(ctx, len(keys), func(ctx context.Context, r *reader, i int, now int64) error {
		_, ok, err := r.expires(ctx, p, keys[i], now)
		if ok {
			n++
		}
		return err
	})
	return n, err
}
