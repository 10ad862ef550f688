// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// maxDescribed bounds the values whose beginnings one call looks at, in bytes together: the type of a value is kv.UnknownType
// once the values before it have come to that.
const maxDescribed = 16 << 20

// Describe returns what each of the keys holds, in their order, without its value. Errors: as kv.Store.
func (s *Store) Describe(ctx context.Context, p kv.ProjectID, keys []kv.Key) ([]kv.Description, error) {
	all, room := make([]kv.Description, 0, len(keys)), int64(maxDescribed)
	err := s.each(ctx, len(keys), func(ctx context.Context, r *reader, i int, now int64) error {
		d, read, err := r.describe(ctx, p, keys[i], now, room)
		all, room = append(all, d), room-read
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// describe describes a key, and returns how many bytes were read for it, at most room.
func (r *reader) describe(ctx context.Context, p kv.ProjectID, key kv.Key, now, room int64) (d kv.Description, read int64, err error) {
	var expires sql.NullInt64
	var size int64
	var beginning []byte
	err = r.described.QueryRowContext(ctx, int64(p), nameOf(key), now, room, kv.BeginningBytes).Scan(&expires, &size, &beginning)
	if errors.Is(err, sql.ErrNoRows) {
		return kv.NoSuchKey(), 0, nil
	}
	d = kv.Description{Type: kv.UnknownType, Size: size - sizeOf(len(key), 0), TTL: kv.NoExpiry}
	if size <= room {
		d.Type, read = kv.TypeOf(beginning, d.Size), size
	}
	if expires.Valid {
		d.TTL = time.Duration(expires.Int64-now) * time.Millisecond
	}
	return d, read, sqlite.Err(err)
}
