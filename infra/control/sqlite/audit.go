// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"math"
	"strconv"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// cursorBase is the base that cursors are written in.
const cursorBase = 36

// RecordAudit appends the entry, and drops the oldest beyond those that are kept.
func (s *Store) RecordAudit(ctx context.Context, e access.AuditEntry) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		added, err := tx.ExecContext(ctx, "INSERT INTO audit (time, actor, action, target, result, ip, request_id) "+
			"VALUES (?, ?, ?, ?, ?, ?, ?)", control.ToMicro(e.Time), e.Actor, e.Action, e.Target, e.Result, e.IP, e.RequestID)
		if err != nil {
			return nil, err
		}
		seq, err := added.LastInsertId()
		if err != nil {
			return nil, err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM audit WHERE seq <= ?", seq-s.cfg.AuditKeep)
		return nil, err
	})
}

// AuditEntries returns up to limit entries, newest first, from cursor on (empty: the newest), and the cursor of the
// next page, empty at the end. New entries do not shift the pages. Errors: ErrInvalid for a cursor that it
// did not make.
func (s *Store) AuditEntries(ctx context.Context, limit int, cursor string) ([]access.AuditEntry, string, error) {
	before := int64(math.MaxInt64)
	if cursor != "" {
		n, err := strconv.ParseInt(cursor, cursorBase, 64)
		if err != nil || n <= 0 || auditCursor(n) != cursor {
			return nil, "", kv.Refuse(kv.ErrInvalid, "is no cursor of the audit log")
		}
		before = n
	}
	// One more entry than asked for shows whether there is another page.
	rows, err := query(ctx, s.db.Read, scanAudit, "SELECT seq, time, actor, action, target, result, ip, request_id "+
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
	err = rows.Scan(&r.seq, &at, &r.Actor, &r.Action, &r.Target, &r.Result, &r.IP, &r.RequestID)
	r.Time = control.FromMicro(at)
	return r, err
}
