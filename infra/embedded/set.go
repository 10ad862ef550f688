// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Set stores value under key, and reports false if the condition of o was not met. Errors: as kv.Store.
func (s *Store) Set(ctx context.Context, p kv.ProjectID, key kv.Key, v kv.Value, o kv.SetOptions) (bool, error) {
	var met bool
	most := sizeOf(len(key), len(v))
	err := s.write(ctx, int(most), func(ctx context.Context, w *writer) error {
		return w.growing(ctx, most, func() (err error) {
			met, err = w.set(ctx, p, key, v, o)
			return err
		})
	})
	return err == nil && met, err
}

// MSet stores every entry or none; of a key given twice the last wins. Errors: as kv.Store.
func (s *Store) MSet(ctx context.Context, p kv.ProjectID, entries []kv.Entry) error {
	var most int64
	for _, e := range entries {
		most += sizeOf(len(e.Key), len(e.Value))
	}
	return s.write(ctx, int(most), func(ctx context.Context, w *writer) error {
		return w.growing(ctx, most, func() error {
			for _, e := range entries {
				if _, err := w.set(ctx, p, e.Key, e.Value, kv.SetOptions{TTL: e.TTL}); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (w *writer) set(ctx context.Context, p kv.ProjectID, key kv.Key, v kv.Value, o kv.SetOptions) (bool, error) {
	name, now := nameOf(key), w.now()
	old, err := w.look(ctx, w.find, p, name)
	if err != nil {
		return false, err
	}
	live := old.live(now)
	if o.Condition == kv.NX && live || o.Condition == kv.XX && !live {
		return false, nil
	}
	expires := expiry(now, o.TTL)
	if o.KeepTTL && live {
		expires = old.expires
	}
	return true, w.store(ctx, p, name, key, v, expires, old)
}

// expiry returns when a key expires that has d to live from now on, rounded up to a millisecond: 0, never, if d is 0.
func expiry(now int64, d time.Duration) int64 {
	if d == 0 {
		return 0
	}
	return now + int64((d+time.Millisecond-1)/time.Millisecond)
}

// store stores a value in place of the old row, if there is one.
func (w *writer) store(ctx context.Context, p kv.ProjectID, name []byte, key kv.Key, v []byte, expires int64, old row) error {
	size := sizeOf(len(key), len(v))
	var large sql.NullInt64
	if len(v) > maxInline {
		res, err := w.putLarge.ExecContext(ctx, v)
		if err != nil {
			return sqlite.Err(err)
		}
		if large.Int64, err = res.LastInsertId(); err != nil {
			return sqlite.Err(err)
		}
		large.Valid, v = true, nil
	}
	_, err := w.put.ExecContext(ctx, int64(p), name, wholeKey(key), nullable(expires), size, v, large)
	w.used += size - old.size
	return sqlite.Err(err)
}

// nullable returns the time as the column expires holds it.
func nullable(expires int64) sql.NullInt64 { return sql.NullInt64{Int64: expires, Valid: expires != 0} }
