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

// MGet returns the values in the order of keys, nil where a key is missing. Errors: ErrTooLarge as soon as
// the values so far exceed Config.MaxAnswer; else as kv.Store.
func (s *Store) MGet(ctx context.Context, p kv.ProjectID, keys []kv.Key) ([]kv.Value, error) {
	values := make([]kv.Value, 0, len(keys))
	total, taken, memory := int64(0), int64(kv.FreeBytes), kv.MemoryOf(ctx)
	err := s.each(ctx, len(keys), func(ctx context.Context, r *reader, i int, now int64) error {
		v, size, err := r.get(ctx, p, keys[i], now, kv.FreeBytes)
		if err != nil {
			return err
		}
		length := int64(len(v))
		if size > 0 {
			length = size - sizeOf(len(keys[i]), 0)
		}
		if total += length; total > s.config.MaxAnswer {
			return s.config.tooLarge()
		}
		if total > taken {
			more := total - taken + kv.FreeBytes
			if err := memory.Try(kv.Copies * more); err != nil {
				return err
			}
			taken += more
		}
		if size > 0 {
			v, _, err = r.get(ctx, p, keys[i], now, size)
		}
		values = append(values, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return values, nil
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
