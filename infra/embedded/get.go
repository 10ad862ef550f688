// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// read runs f with a reader. The context that f gets does not end: watching it would cost more than looking up a key.
// A call that looks up more than one has to check the outer context in between.
func (s *Store) read(ctx context.Context, f func(ctx context.Context, r *reader) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.open.RUnlock()
	if err := s.writer.place.Cut(); err != nil { // what is left of the file would look like damage
		return s.writer.advise(err)
	}
	r, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	defer s.readers.put(r)
	err = f(context.WithoutCancel(ctx), r)
	s.damage.note(err)
	return err
}

// walk is read for calls that read many keys and may take long: it leaves half of the readers to calls that read one.
func (s *Store) walk(ctx context.Context, f func(ctx context.Context, r *reader) error) error {
	select {
	case s.walks <- struct{}{}:
		defer func() { <-s.walks }()
	case <-ctx.Done():
		return sqlite.Err(ctx.Err())
	}
	return s.read(ctx, f)
}

// now returns the time in milliseconds since 1970. A key exists as long as its expires is not less.
func (c *Config) now() int64 { return c.Now().UnixMilli() }

// Get returns the value of key, nil if there is no such key; a text that is not JSON, from an import, is returned as
// a JSON string. Errors: as kv.Store.
func (s *Store) Get(ctx context.Context, p kv.ProjectID, key kv.Key) (v kv.Value, err error) {
	if s.cache == nil {
		return s.load(ctx, p, key, func(cached) {})
	}
	k := rowKeyOf(p, key)
	found, ok, err := s.known(ctx, k)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		begun := s.cache.begin(k)
		return s.load(ctx, p, key, func(found cached) { s.cache.put(k, begun, found) })
	case !found.live(s.config.now()):
		return nil, nil
	}
	return bytes.Clone(found.value), nil // callers may change what they get
}

// known returns what the cache knows of a key, where the file may be read.
func (s *Store) known(ctx context.Context, k rowKey) (found cached, ok bool, err error) {
	if err := s.readable(ctx); err != nil {
		return cached{}, false, err
	}
	found, ok = s.cache.get(k)
	return found, ok, nil
}

// readable returns an error if the cache must not be read. It takes no lock, which would cost more than the rest where several
// processors read: Close need not wait for it.
func (s *Store) readable(ctx context.Context) error {
	if ctx.Err() != nil {
		return sqlite.Err(ctx.Err())
	}
	select {
	case <-s.closing:
		return errClosed()
	default:
	}
	if err := s.writer.place.Cut(); err != nil {
		return s.writer.advise(err)
	}
	return nil
}

// load reads the value of a key from the file, and calls note with what the key was found to be. It is not called for a value
// that had to wait for memory.
func (s *Store) load(ctx context.Context, p kv.ProjectID, key kv.Key, note func(cached)) (v kv.Value, err error) {
	for room := int64(kv.FreeBytes); ; {
		var size, expires int64
		err = s.read(ctx, func(ctx context.Context, r *reader) (err error) {
			v, expires, size, err = r.get(ctx, p, key, s.config.now(), room)
			return err
		})
		if err == nil && size == 0 {
			note(cached{v, expires})
		}
		if err != nil || size <= room {
			return v, err
		}
		// Without a reader, since this may wait.
		if err := kv.MemoryOf(ctx).Take(ctx, kv.Copies*size); err != nil {
			return nil, err
		}
		room = size
	}
}

// blob takes a column without a copy. The driver allocates memory for each, as TestGetOwnsItsMemory checks.
type blob []byte

// Scan implements sql.Scanner.
func (b *blob) Scan(column any) error {
	*b, _ = column.([]byte)
	return nil
}

// text is a value as it is stored. Requests set compact JSON, which is a BLOB in the file. Anything else comes from an
// import: it is foreign, and TEXT in the file, so that only such values have to be checked when they are read.
type text struct {
	bytes   []byte // nil: there is none
	foreign bool
	size    int64 // of a row that is too large to be read, else 0
	expires int64 // when it was read from a row that expires, else 0
}

// Scan implements sql.Scanner.
func (t *text) Scan(column any) error {
	switch column := column.(type) {
	case []byte:
		t.bytes = column
	case string:
		t.bytes, t.foreign = []byte(column), true
	case int64:
		t.size = column
	}
	return nil
}

// column returns the destination for Scan.
func (t text) column() any {
	switch {
	case t.bytes == nil:
		return nil
	case t.foreign:
		return string(t.bytes)
	}
	return t.bytes
}

// get returns the value of key and when it expires (0: never) or, if its row is larger than room, the size of that.
func (r *reader) get(ctx context.Context, p kv.ProjectID, key kv.Key, now, room int64) (v kv.Value, expires, size int64, err error) {
	t, err := r.text(ctx, p, key, now, room)
	if t.foreign {
		return kv.Stored(t.bytes), t.expires, 0, err
	}
	return kv.Value(t.bytes), t.expires, t.size, err
}

// text returns what is stored under key, or the size of its row if that is larger than room.
func (r *reader) text(ctx context.Context, p kv.ProjectID, key kv.Key, now, room int64) (t text, err error) {
	var expires sql.NullInt64
	err = r.value.QueryRowContext(ctx, int64(p), nameOf(key), now, room).Scan(&t, &expires)
	t.expires = expires.Int64
	if errors.Is(err, sql.ErrNoRows) {
		return text{}, nil
	}
	if err == nil && t.bytes == nil && t.size == 0 {
		return t, errNoValue()
	}
	return t, sqlite.Err(err)
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
