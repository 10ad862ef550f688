// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"math"
	"strconv"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// cursorBase is the base that cursors are written in.
const cursorBase = 36

// RecordAudit appends the entry, and removes some of its kind: see prune.
func (s *Store) RecordAudit(ctx context.Context, e access.AuditEntry) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		_, err := tx.ExecContext(ctx, "INSERT INTO audit (time, actor, action, target, result, ip, request_id, kind) "+
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?)", control.ToMicro(e.Time), e.Actor, e.Action, e.Target, e.Result, e.IP, e.RequestID, e.Kind)
		if err != nil {
			return nil, err
		}
		if e.Kind == access.AuditAdmin {
			return nil, s.removeAged(ctx, tx)
		}
		kept := s.audited[e.Kind] + 1
		removed, err := removeOldest(ctx, tx, e.Kind, min(kept-s.cfg.AuditKeep, pruneAtOnce))
		return func() {
			s.audited[e.Kind] = kept - removed
			s.dropped[e.Kind].Add(uint64(removed))
		}, err
	})
}

// pruneAtOnce bounds how many entries one call removes, so that a file which has many too many does not make it slow.
const pruneAtOnce = 100

// removeOldest removes the n oldest entries of a kind, and returns how many there were.
func removeOldest(ctx context.Context, tx *sql.Tx, kind access.AuditKind, n int64) (int64, error) {
	if n <= 0 {
		return 0, nil
	}
	done, err := tx.ExecContext(ctx, "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE kind = ? ORDER BY seq LIMIT ?)", kind, n)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// removeAged removes two acts of administrators that are too old: more than are added, and few enough that a clock which is
// wrong for a moment does not empty the log.
func (s *Store) removeAged(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE kind = ? AND time < ? ORDER BY time LIMIT 2)",
		access.AuditAdmin, control.ToMicro(time.Now().Add(-access.AuditAge)))
	return err
}

// countAudit counts the entries of each kind.
func (s *Store) countAudit(ctx context.Context) error {
	type count struct {
		kind access.AuditKind
		n    int64
	}
	counts, err := query(ctx, s.db.Read, func(rows *sql.Rows) (c count, err error) {
		err = rows.Scan(&c.kind, &c.n)
		return c, err
	}, "SELECT kind, count(*) FROM audit WHERE kind BETWEEN 0 AND ? GROUP BY kind", access.AuditKinds-1)
	for _, c := range counts {
		s.audited[c.kind] = c.n
	}
	return err
}

// AuditDropped returns how many entries of a kind were removed by this process since they were beyond the budget.
func (s *Store) AuditDropped(kind access.AuditKind) uint64 { return s.dropped[kind].Load() }

// AuditEntries returns up to limit entries, newest first, from cursor on (empty: the newest), and the cursor of the
// next page, empty at the end. New entries do not shift the pages. Errors: ErrInvalid for a cursor that it
// did not make.
func (s *Store) AuditEntries(ctx context.Context, limit int, cursor string) ([]access.AuditEntry, string, error) {
	before := int64(math.MaxInt64)
	if cursor != "" {
		n, err := strconv.ParseInt(cursor, cursorBase, 64)
		if err != nil || n <= 0 || auditCursor(n) != cursor {
			return nil, "", kv.Refuse(kv.ErrInvalid, "the cursor is not one of the audit log")
		}
		before = n
	}
	// One more entry than asked for shows whether there is another page.
	rows, err := query(ctx, s.db.Read, scanAudit, "SELECT seq, time, actor, action, target, result, ip, request_id, kind "+
		"FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?", before, limit+1)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = auditCursor(rows[limit-1].seq)
	}
	entries := make([]access.AuditEntry, len(rows))
	for i, r := range rows {
		entries[i] = r.AuditEntry
	}
	return entries, next, nil
}

// auditCursor returns the cursor that continues with the next older entry.
func auditCursor(seq int64) string { return strconv.FormatInt(seq, cursorBase) }

// auditRow is an entry as it is stored.
type auditRow struct {
	access.AuditEntry
	seq int64
}

func scanAudit(rows *sql.Rows) (r auditRow, err error) {
	var at int64
	err = rows.Scan(&r.seq, &at, &r.Actor, &r.Action, &r.Target, &r.Result, &r.IP, &r.RequestID, &r.Kind)
	r.Time = control.FromMicro(at)
	return r, err
}
