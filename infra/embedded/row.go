// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"errors"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// row is what the writer has to know about a stored key.
type row struct {
	stored  bool
	expires int64 // 0: never
	size    int64
	value   []byte // nil if it is large
}

// live reports whether the key exists at a time; if not, it is expired or not stored.
func (r row) live(now int64) bool { return r.stored && (r.expires == 0 || r.expires >= now) }

// look runs find, which returns the row that exists, or remove, which returns the one that existed.
func (w *writer) look(ctx context.Context, stmt *sql.Stmt, p kv.ProjectID, name []byte) (r row, err error) {
	var expires sql.NullInt64
	err = stmt.QueryRowContext(ctx, int64(p), name).Scan(&expires, &r.size, &r.value)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, nil
	}
	r.stored, r.expires = true, expires.Int64
	return r, sqlite.Err(err)
}

// store stores a value in place of the old row, if there is one.
func (w *writer) store(
	ctx context.Context, p kv.ProjectID, name []byte, key kv.Key, v []byte, expires int64, old row,
) error {
	return w.storeText(ctx, p, name, key, text{bytes: v}, expires, old)
}

// storeText is store for any text.
func (w *writer) storeText(
	ctx context.Context, p kv.ProjectID, name []byte, key kv.Key, t text, expires int64, old row,
) error {
	size := sizeOf(len(key), len(t.bytes))
	var large sql.NullInt64
	if len(t.bytes) > maxInline {
		res, err := w.putLarge.ExecContext(ctx, t.column())
		if err != nil {
			return sqlite.Err(err)
		}
		if large.Int64, err = res.LastInsertId(); err != nil {
			return sqlite.Err(err)
		}
		large.Valid, t.bytes = true, nil
	}
	w.touch(p, name)
	_, err := w.put.ExecContext(ctx, int64(p), name, wholeKey(key), nullable(expires), size, t.column(), large)
	w.used += size - old.size
	if old.stored {
		w.counts.add(p, 0, size-old.size)
	} else {
		w.counts.add(p, 1, size)
	}
	return sqlite.Err(err)
}

// touch notes that the transaction changes a row.
func (w *writer) touch(p kv.ProjectID, name []byte) {
	if w.cache != nil {
		w.touched = append(w.touched, cacheKey{p, string(name)})
	}
}

// setExpiry sets when the key of that name expires, 0: never.
func (w *writer) setExpiry(ctx context.Context, p kv.ProjectID, name []byte, at int64) error {
	w.touch(p, name)
	_, err := w.expire.ExecContext(ctx, int64(p), name, nullable(at))
	return sqlite.Err(err)
}

// nullable returns the time in the form of the column expires.
func nullable(expires int64) sql.NullInt64 { return sql.NullInt64{Int64: expires, Valid: expires != 0} }

// delete deletes the row of that name, expired or not, and returns it, without its value.
func (w *writer) delete(ctx context.Context, p kv.ProjectID, name []byte) (row, error) {
	w.touch(p, name)
	old, err := w.look(ctx, w.remove, p, name)
	w.used -= old.size
	if old.stored {
		w.counts.add(p, -1, -old.size)
	}
	return old, err
}
