// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"runtime"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// exported finds the keys of projects, expired ones too, in the order in which they are stored.
const exported = `SELECT project, name, key, expires, size, coalesce(value, (SELECT large.value FROM large WHERE id = keys.large))
	FROM keys WHERE project > 0 AND project BETWEEN ?1 AND ?2 ORDER BY project, name`

// breath is how many keys an export reads between two checks of the context.
const breath = 100

// PointInTime reports that Export shows all keys as they were at one moment.
func (s *Store) PointInTime() bool { return true }

// Export calls f with every key of the project, or of every project where p is 0, as they all were when it began. What
// it read is compared with the counts in the file: a difference is an error. It reads on
// its own connection, and neither waits for a write nor makes one wait. But what is written meanwhile stays in the log
// until it is over: the disk needs room for that, and reads get a little slower as the log gets longer. So it is ended
// if the log gets long and f is slow: see endSlow. Close ends it before it is complete. Errors: as kv.Store,
// ErrUnavailable if it was ended, and what f returns.
func (s *Store) Export(ctx context.Context, p kv.ProjectID, f func([]kv.Record) error) (err error) {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.open.RUnlock()
	defer func() { s.damage.note(err) }()
	read := &longRead{project: p}
	read.mu.Lock()
	defer read.mu.Unlock()
	rows, held, err := s.beginExport(ctx, p, read)
	defer read.finish()
	if err != nil {
		return err
	}
	e := export{store: s, read: read, now: s.config.now(), f: f, found: map[kv.ProjectID]kv.Usage{}}
	if err := e.handOver(ctx, rows); err != nil {
		return err
	}
	return missed(held, e.found)
}

// beginExport begins the transaction of an export, which read ends, also after an error. It returns the rows of the project,
// and what there should be of them.
func (s *Store) beginExport(ctx context.Context, p kv.ProjectID, read *longRead) (*sql.Rows, map[kv.ProjectID]kv.Usage, error) {
	conn, done, err := s.apart(ctx)
	if err != nil {
		return nil, nil, err
	}
	read.close = done
	if err := s.writer.exports.begin(ctx, s.closing, read); err != nil {
		return nil, nil, err
	}
	read.close = func() { done(); s.writer.exports.leave(read) }
	first, last := p, p
	if p == 0 {
		first, last = 1, kv.MaxProjectID
	}
	// The context is checked between rows: if it ended a statement, SQLite would not say why.
	inner := context.WithoutCancel(ctx)
	snapshot, err := conn.BeginTx(inner, nil)
	if err != nil {
		return nil, nil, sqlite.Err(err)
	}
	read.close = func() { _ = snapshot.Rollback(); done(); s.writer.exports.leave(read) }
	held, err := readUsage(inner, snapshot, max(first, 1), last)
	if err != nil {
		return nil, nil, err
	}
	rows, err := snapshot.QueryContext(inner, exported, int64(first), int64(last))
	if err != nil {
		return nil, nil, sqlite.Err(err)
	}
	read.close = func() { _ = rows.Close(); _ = snapshot.Rollback(); done(); s.writer.exports.leave(read) }
	return rows, held, nil
}

// apart returns a connection for a long read, and a function that gives it back. If the file or its log is no longer at
// its path, only connections that are already open can read it: then it is one of those.
// Errors: ErrUnavailable once it was cut, ErrTimeout.
func (s *Store) apart(ctx context.Context) (conn *sql.Conn, done func(), err error) {
	if err := s.writer.place.Cut(); err != nil {
		return nil, nil, s.writer.advise(err)
	}
	if s.writer.place.Check() != nil {
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

// export is one Export.
type export struct {
	store *Store
	read  *longRead
	now   int64
	f     func([]kv.Record) error
	found map[kv.ProjectID]kv.Usage
	last  exportedRow
}

// handOver calls f with the records of the rows, in batches, and counts all rows.
func (e *export) handOver(ctx context.Context, rows *sql.Rows) error {
	var batch []kv.Record
	size := 0
	for n := 0; rows.Next(); n++ {
		r, live, err := e.next(rows)
		if err == nil && n%breath == 0 {
			err = errors.Join(e.read.err(), e.store.goOn(ctx))
		}
		if err != nil {
			return err
		}
		if !live {
			continue
		}
		if len(batch) == kv.MaxRecords || len(batch) > 0 && size+r.Size() > kv.RecordBytes {
			if err := e.hand(ctx, batch, size); err != nil {
				return err
			}
			batch, size = nil, 0 // f may have an import under way that still reads it
		}
		batch, size = append(batch, r), size+r.Size()
	}
	if err := rows.Err(); err != nil || len(batch) == 0 {
		return sqlite.Err(err)
	}
	return e.hand(ctx, batch, size)
}

// hand calls f with a batch of so many bytes.
func (e *export) hand(ctx context.Context, batch []kv.Record, size int) error {
	if err := e.read.err(); err != nil {
		return err
	}
	if err := e.read.hand(size, func() error { return e.f(batch) }); err != nil {
		return err
	}
	return e.store.goOn(ctx)
}

// next reads one row, counts it, and returns its record if it has not expired.
func (e *export) next(rows *sql.Rows) (r kv.Record, live bool, err error) {
	row, err := scanExported(rows)
	if err != nil {
		return r, false, err
	}
	after := row.project > e.last.project || row.project == e.last.project && bytes.Compare(row.name, e.last.name) > 0
	key, value := kv.Key(row.name), row.value.bytes
	if row.whole != nil {
		key = kv.Key(row.whole)
	}
	if !after || value == nil || row.size != sizeOf(len(key), len(value)) || !bytes.Equal(nameOf(key), row.name) {
		return r, false, kv.Refuse(kv.ErrDamaged, "data.db is damaged: a key of project %d is not as it was stored: "+repairAdvice, row.project)
	}
	u := e.found[row.project]
	e.found[row.project] = kv.Usage{Keys: u.Keys + 1, Bytes: u.Bytes + row.size}
	e.last.project, e.last.name = row.project, row.name
	r = kv.Record{Project: row.project, Key: key, Text: value, ExpiresAt: timeOf(row.expires.Int64)}
	return r, !row.expires.Valid || row.expires.Int64 >= e.now, nil
}

// goOn lets other goroutines run, and returns why an export has to end, nil if it may go on.
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

// exportedRow is one row of exported.
type exportedRow struct {
	project     kv.ProjectID
	name, whole blob
	expires     sql.NullInt64
	size        int64
	value       text
}

func scanExported(rows *sql.Rows) (r exportedRow, err error) {
	err = rows.Scan(&r.project, &r.name, &r.whole, &r.expires, &r.size, &r.value)
	return r, sqlite.Err(err)
}

// timeOf returns the time that the column expires holds, the zero time for 0.
func timeOf(expires int64) time.Time {
	if expires == 0 {
		return time.Time{}
	}
	return time.UnixMilli(expires).UTC()
}
