// SPDX-License-Identifier: Apache-2.0

package embedded

import (
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

// freeValues is how large values may be together that are read without taking memory for them.
const freeValues = 512 << 10

// readMany reads values, and returns their size. If that is more than room, it measures those that are left, and the values are
// of no use.
func (s *Store) readMany(ctx context.Context, p kv.ProjectID, keys []kv.Key, room int64) (values []kv.Value, size int64, err error) {
	values = make([]kv.Value, 0, len(keys))
	err = s.each(ctx, len(keys), func(ctx context.Context, r *reader, i int, now int64) error {
		most, apart := int64(0), sizeOf(len(keys[i]), 0) // of its row, and of that without the value
		if size <= room {
			most = room - size + apart
		}
		v, _, row, err := r.get(ctx, p, keys[i], now, most)
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
