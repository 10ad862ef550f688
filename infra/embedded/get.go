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

// read runs f with a reader. The context that f gets does not end: a watch over it costs more than the look-ups of a
// key themselves. A call that makes more than one has to look at the outer context in between.
func (s *Store) read(ctx context.Context, f func(ctx context.Context, r *reader) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.open.RUnlock()
	r, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	defer s.readers.put(r)
	return f(context.WithoutCancel(ctx), r)
}

// walk is read for what looks at many keys and may take long: half of the readers are left to those who want one.
func (s *Store) walk(ctx context.Context, f func(ctx context.Context, r *reader) error) error {
	select {
	case s.walks <- struct{}{}:
		defer func() { <-s.walks }()
	case <-ctx.Done():
		return sqlite.Err(ctx.Err())
	}
	return s.read(ctx, f)
}

// now returns the time in milliseconds since 1970. A key is there as long as its expires is not less.
func (c *Config) now() int64 { return c.Now().UnixMilli() }

// Get returns the value of key, nil if there is no such key; a text that is no JSON, which an import brought, as a JSON
// string. Errors: as kv.Store.
func (s *Store) Get(ctx context.Context, p kv.ProjectID, key kv.Key) (v kv.Value, err error) {
	err = s.read(ctx, func(ctx context.Context, r *reader) (err error) {
		v, err = r.get(ctx, p, key, s.config.now())
		return err
	})
	return v, err
}

// blob takes a column as it comes. The driver makes memory of its own for each: TestGetOwnsItsMemory holds it to that.
type blob []byte

// bytes returns the column, which is not nil if it is empty: the driver does not tell that from NULL.
func (b blob) bytes() []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Scan implements sql.Scanner.
func (b *blob) Scan(column any) error {
	*b, _ = column.([]byte)
	return nil
}

func (r *reader) get(ctx context.Context, p kv.ProjectID, key kv.Key, now int64) (kv.Value, error) {
	text, err := r.text(ctx, p, key, now)
	if text == nil || err != nil {
		return nil, err
	}
	return kv.Stored(text), nil
}

// text returns what is stored under key, nil if there is no such key.
func (r *reader) text(ctx context.Context, p kv.ProjectID, key kv.Key, now int64) ([]byte, error) {
	var text blob
	err := r.value.QueryRowContext(ctx, int64(p), nameOf(key), now).Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, sqlite.Err(err)
	}
	return text.bytes(), nil
}

// expires returns the expiry of key, 0 if it has none, and whether there is such a key.
func (r *reader) expires(ctx context.Context, p kv.ProjectID, key kv.Key, now int64) (int64, bool, error) {
	var at sql.NullInt64
	err := r.expiry.QueryRowContext(ctx, int64(p), nameOf(key), now).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return at.Int64, err == nil, sqlite.Err(err)
}

// TTL returns the time that key has left to the millisecond, kv.NoExpiry or kv.NoKey. Errors: as kv.Store.
func (s *Store) TTL(ctx context.Context, p kv.ProjectID, key kv.Key) (d time.Duration, err error) {
	err = s.read(ctx, func(ctx context.Context, r *reader) error {
		now := s.config.now()
		at, ok, err := r.expires(ctx, p, key, now)
		switch {
		case !ok:
			d = kv.NoKey
		case at == 0:
			d = kv.NoExpiry
		default:
			d = time.Duration(at-now) * time.Millisecond
		}
		return err
	})
	return d, err
}
