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
	left := s.config.MaxAnswer
	err := s.each(ctx, len(keys), func(ctx context.Context, r *reader, i int, now int64) error {
		v, err := r.get(ctx, p, keys[i], now)
		values = append(values, v)
		if left -= int64(len(v)); left < 0 {
			return s.config.tooLarge()
		}
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
