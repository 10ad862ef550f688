// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"errors"
)

// connection is one connection to the file, with statements that are prepared once.
type connection struct {
	*sql.Conn
	prepared []*sql.Stmt
}

// statement is a query and where its prepared form goes.
type statement struct {
	to    **sql.Stmt
	query string
}

// connect takes a connection out of the pool permanently, and prepares it and then the statements. If there is an error, c is
// not to be closed.
func (c *connection) connect(
	ctx context.Context, db *sql.DB, prepare func(ctx context.Context, conn *sql.Conn) error, statements []statement,
) (err error) {
	if c.Conn, err = db.Conn(ctx); err != nil {
		return err
	}
	if err := prepare(ctx, c.Conn); err != nil {
		return errors.Join(err, c.close())
	}
	for _, s := range statements {
		if *s.to, err = c.PrepareContext(ctx, s.query); err != nil {
			return errors.Join(err, c.close())
		}
		c.prepared = append(c.prepared, *s.to)
	}
	return nil
}

// close also closes the statements: SQLite keeps a file open as long as there are any, and database/sql
// does not close those of a Conn.
func (c *connection) close() (err error) {
	for _, s := range c.prepared {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, c.Conn.Close())
}
