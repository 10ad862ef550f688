// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite/vtab"
)

// Rows are rows in memory that statements read as a table: see CreateTable.
type Rows interface {
	// Len returns how many there are.
	Len() int
	// Column returns a column of a row. Both are counted from 0. The result is a driver.Value, and is copied at once.
	Column(row, column int) any
}

// CreateTable lets the statements of one connection read rows as a table with columns c0, c1 and so on, in their order. They
// must not change while a statement reads them.
func CreateTable(ctx context.Context, conn *sql.Conn, name string, columns int, rows Rows) error {
	id := strconv.FormatInt(lastTable.Add(1), 10)
	tables.Store(id, table{rows, columns})
	defer tables.Delete(id)
	_, err := conn.ExecContext(ctx, fmt.Sprintf("CREATE VIRTUAL TABLE temp.%s USING %s(%s)", name, tableModule, id))
	return Err(err)
}

// tableModule is the name of the module of all such tables.
const tableModule = "tempskv_rows"

var (
	lastTable atomic.Int64
	tables    sync.Map // of those being created, by the argument of the module
)

// registerTables makes the module known to connections that are opened from now on.
var registerTables = sync.OnceValue(func() error { return vtab.RegisterModule(nil, tableModule, tableCreator{}) })

// tableCreator is the module.
type tableCreator struct{}

// Create returns the table that CreateTable has prepared.
func (tableCreator) Create(ctx vtab.Context, args []string) (vtab.Table, error) {
	found, ok := tables.Load(args[len(args)-1])
	if !ok {
		return nil, fmt.Errorf("%s: there are no rows %q", tableModule, args)
	}
	t := found.(table)
	names := make([]string, t.columns)
	for i := range names {
		names[i] = fmt.Sprint("c", i)
	}
	return t, ctx.Declare("CREATE TABLE t (" + strings.Join(names, ", ") + ")")
}

// Connect is Create: the table is a temporary one, which no other connection finds.
func (c tableCreator) Connect(ctx vtab.Context, args []string) (vtab.Table, error) {
	return c.Create(ctx, args)
}

// table is a vtab.Table.
type table struct {
	rows    Rows
	columns int
}

// BestIndex leaves all conditions to SQLite.
func (table) BestIndex(*vtab.IndexInfo) error { return nil }

// Open returns a cursor.
func (t table) Open() (vtab.Cursor, error) { return &cursor{rows: t.rows}, nil }

// Disconnect does nothing.
func (table) Disconnect() error { return nil }

// Destroy does nothing.
func (table) Destroy() error { return nil }

// cursor is a vtab.Cursor.
type cursor struct {
	rows Rows
	at   int
}

// Filter goes to the first row.
func (c *cursor) Filter(int, string, []vtab.Value) error { c.at = 0; return nil }

// Next goes to the next row.
func (c *cursor) Next() error { c.at++; return nil }

// Eof reports whether there are no more rows.
func (c *cursor) Eof() bool { return c.at >= c.rows.Len() }

// Column returns a column of the row.
func (c *cursor) Column(column int) (vtab.Value, error) { return c.rows.Column(c.at, column), nil }

// Rowid returns the number of the row.
func (c *cursor) Rowid() (int64, error) { return int64(c.at), nil }

// Close does nothing.
func (c *cursor) Close() error { return nil }
