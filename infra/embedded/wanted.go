// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"errors"

	"github.com/tempskv/tempskv/infra/sqlite"
)

// wanted are the keys that a statement of a reader looks up.
type wanted []rowKey

// Len returns how many there are.
func (w *wanted) Len() int { return len(*w) }

// Column returns the project or the name of a key.
func (w *wanted) Column(i, column int) any {
	if column == columnProject {
		return int64((*w)[i].project)
	}
	return []byte((*w)[i].name)
}

// createTable makes the keys that are wanted readable by the statements of a connection that otherwise only reads.
func (r *reader) createTable(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "PRAGMA query_only = 0"); err != nil {
		return sqlite.Err(err)
	}
	err := sqlite.CreateTable(ctx, conn, "wanted", columnName+1, &r.wanted)
	_, errOnly := conn.ExecContext(ctx, "PRAGMA query_only = 1")
	return errors.Join(err, sqlite.Err(errOnly))
}

// lookUp calls f with what is stored under each of the keys that exists, as of one moment.
func (r *reader) lookUp(ctx context.Context, keys wanted, now int64, f func(i int, t text) error) error {
	r.wanted = keys
	defer func() { r.wanted = nil }()
	rows, err := r.values.QueryContext(ctx, now)
	if err != nil {
		return sqlite.Err(err)
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		var t text
		var expires sql.NullInt64
		if err := rows.Scan(&i, &expires, &t); err != nil {
			return sqlite.Err(err)
		}
		if t.bytes == nil {
			return errNoValue()
		}
		t.expires = expires.Int64
		if err := f(i, t); err != nil {
			return err
		}
	}
	return sqlite.Err(rows.Err())
}
