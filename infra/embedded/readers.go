// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"errors"

	"github.com/tempskv/tempskv/infra/sqlite"
)

// reader is a connection used by one call at a time.
type reader struct {
	connection
	begin, commit   *sql.Stmt
	value, expiry   *sql.Stmt
	values          *sql.Stmt
	described       *sql.Stmt
	names, projects *sql.Stmt
	server          *sql.Stmt
	wanted          wanted // what values looks up
}

func openReader(ctx context.Context, db *sql.DB) (*reader, error) {
	r := &reader{}
	return r, r.connect(ctx, db, r.createTable, []statement{
		{&r.begin, "BEGIN"},
		{&r.commit, "COMMIT"},
		// A value is not read if it is larger than the caller has room for: then its size is returned.
		{&r.value, `SELECT CASE WHEN size <= ?4 THEN coalesce(value, (SELECT large.value FROM large WHERE id = keys.large))
			ELSE size END, expires FROM keys WHERE project = ?1 AND name = ?2 AND (expires IS NULL OR expires >= ?3)`},
		{&r.values, `SELECT r.rowid, k.expires, coalesce(k.value, (SELECT large.value FROM large WHERE id = k.large))
			FROM temp.wanted r CROSS JOIN keys k ON k.project = r.c0 AND k.name = r.c1
			WHERE k.expires IS NULL OR k.expires >= ?1`},
		{&r.expiry, "SELECT expires FROM keys WHERE project = ?1 AND name = ?2 AND (expires IS NULL OR expires >= ?3)"},
		// The beginning of a value, unless it is larger than the caller has room for: SQLite reads the whole of it.
		{&r.described, `SELECT expires, size, CASE WHEN size <= ?4 THEN substr(CAST(coalesce(value,
			(SELECT large.value FROM large WHERE id = keys.large)) AS BLOB), 1, ?5) END
			FROM keys WHERE project = ?1 AND name = ?2 AND (expires IS NULL OR expires >= ?3)`},
		{&r.names, `SELECT name, key, expires < ?1 FROM keys
			WHERE project = ?2 AND name BETWEEN ?3 AND ?4 ORDER BY name`},
		// One look-up for each project, however many keys it has.
		{&r.projects, `WITH RECURSIVE p (id) AS (
				SELECT min(project) FROM keys WHERE project > 0 UNION ALL
				SELECT (SELECT min(project) FROM keys WHERE project > p.id) FROM p WHERE p.id IS NOT NULL)
			SELECT id FROM p WHERE EXISTS
				(SELECT 1 FROM keys WHERE project = p.id AND (expires IS NULL OR expires >= ?1))`},
		{&r.server, "SELECT 'SQLite ' || sqlite_version(), coalesce(sum(bytes), 0) FROM usage"},
	})
}

// readers is the pool of the idle readers.
type readers chan *reader

// openReaders returns as many readers as the pool has connections.
func openReaders(ctx context.Context, db *sql.DB) (readers, error) {
	pool := make(readers, db.Stats().MaxOpenConnections)
	for range cap(pool) {
		r, err := openReader(ctx, db)
		if err != nil {
			return nil, errors.Join(err, pool.close())
		}
		pool <- r
	}
	return pool, nil
}

// take returns a reader, which the caller has to put back. Errors: ErrTimeout.
func (p readers) take(ctx context.Context) (*reader, error) {
	select {
	case r := <-p:
		return r, nil
	case <-ctx.Done():
		return nil, sqlite.Err(ctx.Err())
	}
}

func (p readers) put(r *reader) { p <- r }

// close closes the readers. None may be in use.
func (p readers) close() (err error) {
	for range len(p) {
		err = errors.Join(err, (<-p).close())
	}
	return err
}

// snapshot runs f. All reads of f see the store as it was at the first of them.
func (r *reader) snapshot(ctx context.Context, f func() error) (err error) {
	if _, err := r.begin.ExecContext(ctx); err != nil {
		return sqlite.Err(err)
	}
	defer func() {
		_, endErr := r.commit.ExecContext(ctx)
		err = errors.Join(err, sqlite.Err(endErr))
	}()
	return f()
}
