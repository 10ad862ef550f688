// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"errors"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// rowKey is the primary key of a row: a key by its name, see nameOf.
type rowKey struct {
	project kv.ProjectID
	name    string
}

// rowKeyOf returns the row of a key. For a name of usual length it allocates nothing.
func rowKeyOf(p kv.ProjectID, key kv.Key) rowKey {
	if len(key) < maxName {
		return rowKey{p, string(key)}
	}
	return rowKey{p, string(nameOf(key))}
}

// row is what the writer has to know about a stored key.
type row struct {
	stored  bool
	expires int64 // 0: never
	size    int64
	value   []byte // nil if it is large
}

// live reports whether the key exists at a time; if not, it is expired or not stored.
func (r row) live(now int64) bool { return r.stored && (r.expires == 0 || r.expires >= now) }

// look returns the row, as the transaction under way has left it.
func (w *writer) look(ctx context.Context, k rowKey) (row, error) {
	if r, ok := w.rows.known(k); ok {
		return r, nil
	}
	return w.read(ctx, w.find, k)
}

// read runs find, which returns the row that exists, or remove, which returns the one that existed.
func (w *writer) read(ctx context.Context, stmt *sql.Stmt, k rowKey) (r row, err error) {
	var expires sql.NullInt64
	err = stmt.QueryRowContext(ctx, int64(k.project), []byte(k.name)).Scan(&expires, &r.size, &r.value)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, nil
	}
	r.stored, r.expires = true, expires.Int64
	return r, sqlite.Err(err)
}

// store stores a value in place of the old row, if there is one.
func (w *writer) store(ctx context.Context, k rowKey, key kv.Key, v []byte, expires int64, old row) error {
	return w.storeText(ctx, k, key, text{bytes: v}, expires, old)
}

// storeText is store for any text. It is written by the end of the transaction.
func (w *writer) storeText(ctx context.Context, k rowKey, key kv.Key, t text, expires int64, old row) error {
	if err := w.settle(ctx, k); err != nil {
		return err
	}
	size := sizeOf(len(key), len(t.bytes))
	var large int64
	if len(t.bytes) > maxInline {
		res, err := w.putLarge.ExecContext(ctx, t.column())
		if err != nil {
			return sqlite.Err(err)
		}
		if large, err = res.LastInsertId(); err != nil {
			return sqlite.Err(err)
		}
		t.bytes = nil
	}
	w.touch(k)
	w.rows.store(k, newRow{row: row{stored: true, expires: expires, size: size, value: t.bytes}, key: key, text: t, large: large, replaces: old.stored})
	w.used += size - old.size
	if old.stored {
		w.counts.add(k.project, 0, size-old.size)
	} else {
		w.counts.add(k.project, 1, size)
	}
	return nil
}

// touch notes that the transaction changes a row.
func (w *writer) touch(k rowKey) {
	if w.cache != nil {
		w.touched = append(w.touched, k)
	}
}

// setExpiry sets when a key that is stored expires, 0: never.
func (w *writer) setExpiry(ctx context.Context, k rowKey, at int64) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	w.touch(k)
	w.rows.forget(k)
	_, err := w.expire.ExecContext(ctx, int64(k.project), []byte(k.name), nullable(at))
	return sqlite.Err(err)
}

// nullable returns the time in the form of the column expires.
func nullable(expires int64) sql.NullInt64 { return sql.NullInt64{Int64: expires, Valid: expires != 0} }

// delete deletes a row, expired or not, and returns it, without its value.
func (w *writer) delete(ctx context.Context, k rowKey) (row, error) {
	if err := w.flush(ctx); err != nil {
		return row{}, err
	}
	w.touch(k)
	w.rows.forget(k)
	old, err := w.read(ctx, w.remove, k)
	w.used -= old.size
	if old.stored {
		w.counts.add(k.project, -1, -old.size)
	}
	return old, err
}
