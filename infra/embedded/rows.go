// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// rows are those that the transaction under way knows: what it looked up, and what it stores. They are looked up and written
// many in one statement, in the order of the file, so that each page is found once. All methods are of the writer's goroutine.
type rows struct {
	found   map[rowKey]row     // looked up, or written already
	changed map[rowKey]*newRow // not written yet
	// table is what the statement under way reads: the keys to be looked up, or the rows to be written.
	table []*newRow
}

// newRow is a row to be written, or of which only the key is known.
type newRow struct {
	rowKey
	row
	key      kv.Key
	text     text
	large    int64 // 0: the value is in text
	replaces bool  // there is such a row in the file
}

// Columns of a newRow.
const (
	columnProject = iota
	columnName
	columnKey
	columnExpires
	columnSize
	columnValue
	columnLarge
	columns
)

// known returns a row if it need not be looked up.
func (r *rows) known(k rowKey) (row, bool) {
	if changed, ok := r.changed[k]; ok {
		return changed.row, true
	}
	found, ok := r.found[k]
	return found, ok
}

// store notes a row to be written.
func (r *rows) store(k rowKey, changed newRow) {
	changed.rowKey = k
	if before, ok := r.changed[k]; ok {
		changed.replaces = before.replaces
	}
	r.changed[k] = &changed
}

// forget notes that a row, which is not waiting to be written, may change.
func (r *rows) forget(k rowKey) { delete(r.found, k) }

// reset forgets everything.
func (r *rows) reset() {
	if len(r.found) > maxTouched || len(r.changed) > maxTouched || r.found == nil {
		r.found, r.changed = map[rowKey]row{}, map[rowKey]*newRow{}
	}
	clear(r.found)
	clear(r.changed)
	r.endTable()
}

// endTable empties the table.
func (r *rows) endTable() {
	if cap(r.table) > maxTouched {
		r.table = nil
	}
	clear(r.table)
	r.table = r.table[:0]
}

// sort puts the rows of the table in the order of the file.
func (r *rows) sort() {
	slices.SortFunc(r.table, func(a, b *newRow) int {
		return cmp.Or(cmp.Compare(a.project, b.project), cmp.Compare(a.name, b.name))
	})
}

// Len returns how many rows the table has.
func (r *rows) Len() int { return len(r.table) }

// Column returns a column of a row of the table.
func (r *rows) Column(i, column int) any {
	one := r.table[i]
	switch column {
	case columnProject:
		return int64(one.project)
	case columnName:
		return []byte(one.name)
	case columnKey:
		if key := wholeKey(one.key); key != nil {
			return key
		}
	case columnExpires:
		if one.expires != 0 {
			return one.expires
		}
	case columnSize:
		return one.size
	case columnValue:
		return one.text.column()
	case columnLarge:
		if one.large != 0 {
			return one.large
		}
	}
	return nil
}

// settle writes the rows that wait if one of them is the row and has a large value: a second one in its place would leave
// the first behind.
func (w *writer) settle(ctx context.Context, k rowKey) error {
	if changed, ok := w.rows.changed[k]; ok && changed.large != 0 {
		return w.flush(ctx)
	}
	return nil
}

// flush writes the rows that wait.
func (w *writer) flush(ctx context.Context) error {
	r := &w.rows
	if len(r.changed) == 0 {
		return nil
	}
	for _, part := range []struct {
		stored bool
		stmt   *sql.Stmt
	}{{false, w.add}, {true, w.put}} {
		if err := w.flushPart(ctx, part.stored, part.stmt); err != nil {
			return err
		}
	}
	clear(r.changed)
	return nil
}

// flushPart writes those of the rows that wait whose key is in the file, or those whose key is not.
func (w *writer) flushPart(ctx context.Context, stored bool, stmt *sql.Stmt) error {
	r := &w.rows
	defer r.endTable()
	for _, changed := range r.changed {
		if changed.replaces == stored {
			r.table = append(r.table, changed)
		}
	}
	if len(r.table) == 0 {
		return nil
	}
	r.sort()
	if _, err := stmt.ExecContext(ctx); err != nil {
		return sqlite.Err(err)
	}
	for _, changed := range r.table {
		r.found[changed.rowKey] = changed.row
	}
	return nil
}

// fewRows are looked up one by one.
const fewRows = 3

// prefetch looks up the rows that ops will ask for.
func (w *writer) prefetch(ctx context.Context, ops []*op) error {
	n := 0
	for _, o := range ops {
		n += len(o.rows)
	}
	if n <= fewRows {
		return nil
	}
	r := &w.rows
	defer r.endTable()
	for _, o := range ops {
		for _, k := range o.rows {
			if _, ok := r.found[k]; !ok {
				r.found[k] = row{}
				r.table = append(r.table, &newRow{rowKey: k})
			}
		}
	}
	r.sort()
	found, err := w.findAll.QueryContext(ctx)
	if err != nil {
		return sqlite.Err(err)
	}
	defer found.Close()
	for found.Next() {
		var i int
		var expires sql.NullInt64
		var value text
		one := row{stored: true}
		if err := found.Scan(&i, &expires, &one.size, &value); err != nil {
			return sqlite.Err(err)
		}
		one.expires, one.value = expires.Int64, value.bytes
		r.found[r.table[i].rowKey] = one
	}
	return sqlite.Err(found.Err())
}
