// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// growing runs apply, which makes the store grow by at most the given number of bytes. Past the limit it makes room by
// deleting what has expired; if that is not enough, apply is undone. Errors: ErrOutOfMemory.
func (w *writer) growing(ctx context.Context, most int64, apply func() error) error {
	limit := w.limit.Load()
	for limit > 0 && w.used+most > limit {
		n, err := w.removeExpired(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return w.limited(ctx, limit, apply)
		}
	}
	return apply()
}

// limited runs apply and undoes it if the store has grown past the limit by it.
func (w *writer) limited(ctx context.Context, limit int64, apply func() error) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	used, noted := w.used, len(w.counts.changes)
	if _, err := w.savepoint.ExecContext(ctx); err != nil {
		return sqlite.Err(err)
	}
	err := apply()
	if err == nil {
		err = w.flush(ctx)
	}
	if err == nil && w.used > limit && w.used > used {
		err = kv.ErrOutOfMemory
	}
	if err != nil && !refused(err) {
		return err // and the whole transaction with it
	}
	if err != nil {
		w.used = used
		w.counts.undo(noted)
		w.rows.reset()
		if _, err := w.undo.ExecContext(ctx); err != nil {
			return sqlite.Err(err)
		}
	}
	if _, err := w.release.ExecContext(ctx); err != nil {
		return sqlite.Err(err)
	}
	return err
}
