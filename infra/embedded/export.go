// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

var _ kv.Portable = (*Store)(nil)

// exported finds the keys of projects that are there at a time, in the order in which they are stored.
const exported = `SELECT project, name, key, expires, coalesce(value, (SELECT large.value FROM large WHERE id = keys.large))
	FROM keys WHERE project > 0 AND project BETWEEN ?1 AND ?2 AND (expires IS NULL OR expires >= ?3) ORDER BY project, name`

// breath is how many keys an export reads between two looks at the context.
const breath = 100

// PointInTime tells that Export shows all keys as they were at one moment.
func (s *Store) PointInTime() bool { return true }

// Export calls f with every key of the project, or of every project where p is 0, as they all were when it began: its one
// statement is one snapshot. It reads on a connection of its own, and neither waits for a write nor makes one wait. But
// what is written meanwhile stays in the log until it is over: the disk needs room for that, and reads get a little
// slower as the log gets longer. Close ends it midway. Errors: as kv.Store, and what f returns.
func (s *Store) Export(ctx context.Context, p kv.ProjectID, f func([]kv.Record) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.open.RUnlock()
	conn, done, err := s.apart(ctx)
	if err != nil {
		return err
	}
	defer done()
	s.writer.exports.RLock()
	defer s.writer.exports.RUnlock()
	first, last := p, p
	if p == 0 {
		first, last = 1, kv.MaxProjectID
	}
	// The context is looked at between rows: if it ended a statement, SQLite would not say why.
	rows, err := conn.QueryContext(context.WithoutCancel(ctx), exported, int64(first), int64(last), s.config.now())
	if err != nil {
		return sqlite.Err(err)
	}
	defer rows.Close()
	return s.handOver(ctx, rows, f)
}

// apart returns a connection for a read that lasts, and what gives it back. Where the file is not at its path any more, only
// those that are open already can read it: then it is one of them.
func (s *Store) apart(ctx context.Context) (conn *sql.Conn, done func(), err error) {
	if s.writer.place.CheckFile() != nil {
		r, err := s.readers.take(ctx)
		if err != nil {
			return nil, nil, err
		}
		return r.Conn, func() { s.readers.put(r) }, nil
	}
	if conn, err = s.db.Apart.Conn(ctx); err != nil {
		return nil, nil, sqlite.Err(err)
	}
	return conn, func() { _ = conn.Close() }, nil
}

// handOver calls f with the records that the rows are, in batches.
func (s *Store) handOver(ctx context.Context, rows *sql.Rows, f func([]kv.Record) error) error {
	var batch []kv.Record
	size := 0
	for n := 0; rows.Next(); n++ {
		r, err := scanRecord(rows)
		if err == nil && n%breath == 0 {
			err = s.goOn(ctx)
		}
		if err != nil {
			return err
		}
		if len(batch) == kv.MaxRecords || len(batch) > 0 && size+r.Size() > kv.RecordBytes {
			if err := errors.Join(f(batch), s.goOn(ctx)); err != nil {
				return err
			}
			batch, size = nil, 0 // f may have an import under way that still reads it
		}
		batch, size = append(batch, r), size+r.Size()
	}
	if err := rows.Err(); err != nil || len(batch) == 0 {
		return sqlite.Err(err)
	}
	return f(batch)
}

// goOn lets others run and returns why an export has to end, nil if it has not.
func (s *Store) goOn(ctx context.Context) error {
	runtime.Gosched()
	select {
	case <-s.closing:
		return errClosed()
	case <-ctx.Done():
		return sqlite.Err(ctx.Err())
	default:
		return nil
	}
}

// scanRecord reads one row of exported.
func scanRecord(rows *sql.Rows) (r kv.Record, err error) {
	var name, whole blob
	var value text
	var expires sql.NullInt64
	if err := rows.Scan(&r.Project, &name, &whole, &expires, &value); err != nil {
		return kv.Record{}, sqlite.Err(err)
	}
	r.Key, r.Text, r.ExpiresAt = kv.Key(name), value.bytes, timeOf(expires.Int64)
	if whole != nil {
		r.Key = kv.Key(whole)
	}
	return r, nil
}

// timeOf returns the time that the column expires holds, the zero time for 0.
func timeOf(expires int64) time.Time {
	if expires == 0 {
		return time.Time{}
	}
	return time.UnixMilli(expires).UTC()
}
