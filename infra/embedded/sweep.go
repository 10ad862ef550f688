// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// maxRemoved and maxWeight bound what one transaction deletes in the background, in keys and in bytes.
const maxRemoved = 200

// sweep deletes every expired key, a few in each transaction, and serves waiting writes in between.
func (w *writer) sweep(ctx context.Context, batch []*op) error {
	for {
		more, err := w.sweepSome(ctx)
		if !more {
			return err
		}
		if !w.serveWaiting(ctx, batch) {
			return nil
		}
	}
}

// sweepSome deletes some expired keys and reports whether to go on.
func (w *writer) sweepSome(ctx context.Context) (more bool, err error) {
	err = w.anyExpired.QueryRowContext(ctx, w.now()).Scan(&more)
	if err != nil || !more {
		return false, sqlite.Err(err)
	}
	err = w.transaction(ctx, func() error {
		_, err := w.removeExpired(ctx)
		return err
	})
	return err == nil, err
}

// removeExpired deletes some of the expired keys and returns how many.
func (w *writer) removeExpired(ctx context.Context) (int, error) {
	return w.removeSome(ctx, w.expired, w.now())
}

// removeSome deletes some of the keys found by the statement, which is expired or owned, and returns how many.
func (w *writer) removeSome(ctx context.Context, find *sql.Stmt, arg int64) (int, error) {
	if err := w.flush(ctx); err != nil {
		return 0, err
	}
	found, err := w.some(ctx, find, arg)
	for _, f := range found {
		if _, err := w.delete(ctx, rowKey{f.project, string(f.name)}); err != nil {
			return 0, err
		}
	}
	return len(found), err
}

// found is a row to be deleted by removeSome.
type found struct {
	project kv.ProjectID
	name    blob
}

// some returns as many rows as one transaction in the background may delete.
func (w *writer) some(ctx context.Context, find *sql.Stmt, arg int64) (all []found, err error) {
	rows, err := find.QueryContext(ctx, arg, maxRemoved)
	if err != nil {
		return nil, sqlite.Err(err)
	}
	defer rows.Close()
	for weight := int64(0); weight < maxWeight && rows.Next(); {
		var f found
		var size int64
		if err := rows.Scan(&f.project, &f.name, &size); err != nil {
			return nil, sqlite.Err(err)
		}
		all = append(all, f)
		weight += size
	}
	return all, sqlite.Err(rows.Err())
}
