// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Expire sets the time to live of key, rounded up to a millisecond; d <= 0 deletes it.
// It reports false if there is no such key. Errors: as kv.Store.
func (s *Store) Expire(ctx context.Context, p kv.ProjectID, key kv.Key, d time.Duration) (bool, error) {
	return s.change(ctx, p, key, func(ctx context.Context, w *writer, k rowKey, _ row) (bool, error) {
		if d <= 0 {
			_, err := w.delete(ctx, k)
			return true, err
		}
		return true, w.setExpiry(ctx, k, expiry(w.now(), d))
	})
}

// Persist takes the time to live from key. It reports false if there is no such key, or it has none.
// Errors: as kv.Store.
func (s *Store) Persist(ctx context.Context, p kv.ProjectID, key kv.Key) (bool, error) {
	return s.change(ctx, p, key, func(ctx context.Context, w *writer, k rowKey, old row) (bool, error) {
		if old.expires == 0 {
			return false, nil
		}
		return true, w.setExpiry(ctx, k, 0)
	})
}

// change runs f on a key that exists, and returns what f returns. It reports false if there is no such key.
func (s *Store) change(
	ctx context.Context, p kv.ProjectID, key kv.Key,
	f func(ctx context.Context, w *writer, k rowKey, old row) (bool, error),
) (bool, error) {
	var done bool
	err := s.write(ctx, p, extent{}, func(ctx context.Context, w *writer) error {
		done = false
		k := rowKeyOf(p, key)
		old, err := w.look(ctx, k)
		if err != nil || !old.live(w.now()) {
			return err
		}
		done, err = f(ctx, w, k, old)
		return err
	})
	return err == nil && done, err
}
