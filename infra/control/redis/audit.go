// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// auditStream returns the key of the entries of a kind.
func auditStream(kind access.AuditKind) string {
	if kind == access.AuditAdmin {
		return auditKey
	}
	return auditKey + ":" + kind.String()
}

// auditScript appends an entry, whose fields begin at ARGV[3], to a stream that keeps ARGV[1], and returns how many there were
// of its kind ARGV[2].
const auditScript = `
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', unpack(ARGV, 3))
return redis.call('HINCRBY', KEYS[2], ARGV[2], 1)`

// agedAtOnce bounds how many acts of administrators one call removes: a clock that is wrong for a moment does not empty the
// log. Redis removes some hundred at a time, or none.
const agedAtOnce = 200

// RecordAudit appends the entry, and removes the oldest of its kind beyond those that are kept, or acts of administrators
// that are too old. See XADD in the Redis command reference.
func (s *Store) RecordAudit(ctx context.Context, e access.AuditEntry) error {
	stream, fields := auditStream(e.Kind), []any{"time", control.ToMicro(e.Time), "actor", e.Actor, "action", e.Action,
		"target", e.Target, "result", e.Result, "ip", e.IP, "request_id", e.RequestID}
	if e.Kind == access.AuditAdmin {
		_, err := s.do(ctx, stream, true, append([]any{"xadd", stream, "minid", "~", time.Now().Add(-access.AuditAge).UnixMilli(),
			"limit", agedAtOnce, "*"}, fields...)...)
		return err
	}
	reply, err := s.do(ctx, stream, true, append([]any{"eval", auditScript, 2, stream, auditedKey, s.cfg.AuditKeep, e.Kind.String()},
		fields...)...)
	if n, _ := reply.(int64); n > s.cfg.AuditKeep {
		s.dropped[e.Kind].Add(1)
	}
	return err
}

// AuditDropped returns how many entries of a kind this process has displaced since they were beyond the budget.
func (s *Store) AuditDropped(kind access.AuditKind) uint64 { return s.dropped[kind].Load() }

// AuditEntries returns up to limit entries, newest first, from cursor on (empty: the newest), and the cursor of the
// next page, empty at the end. New entries do not shift the pages. Errors: ErrInvalid for a cursor that it
// did not make. See XREVRANGE in the Redis command reference.
func (s *Store) AuditEntries(ctx context.Context, limit int, cursor string) ([]access.AuditEntry, string, error) {
	var last auditID
	if cursor != "" {
		var ok bool
		if last, ok = parseCursor(cursor); !ok {
			return nil, "", kv.Refuse(kv.ErrInvalid, "the cursor is not one of the audit log")
		}
	}
	var rows []auditRow
	for kind := range access.AuditKind(access.AuditKinds) {
		from := "+"
		switch {
		case cursor == "":
		case kind < last.kind:
			from = last.text()
		default:
			from = "(" + last.text()
		}
		// One more entry than asked for shows whether there is another page.
		more, err := s.auditRows(ctx, kind, from, limit+1)
		if err != nil {
			return nil, "", err
		}
		rows = append(rows, more...)
	}
	slices.SortFunc(rows, func(a, b auditRow) int { return b.id.compare(a.id) })
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].id.cursor()
	}
	entries := make([]access.AuditEntry, len(rows))
	for i, r := range rows {
		entries[i] = r.AuditEntry
	}
	return entries, next, nil
}

// auditRow is an entry as it is stored.
type auditRow struct {
	access.AuditEntry
	id auditID
}

// auditRows returns up to n entries of a kind, newest first.
func (s *Store) auditRows(ctx context.Context, kind access.AuditKind, from string, n int) ([]auditRow, error) {
	stream := auditStream(kind)
	reply, err := s.do(ctx, stream, false, "xrevrange", stream, from, "-", "count", n)
	if err != nil {
		return nil, err
	}
	list, ok := reply.([]any)
	if !ok {
		return nil, fmt.Errorf("audit log: not a list: %T", reply)
	}
	rows := make([]auditRow, len(list))
	for i, item := range list {
		if rows[i], err = parseAudit(item, kind); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// parseAudit reads one entry of the stream: its id, and its fields with their names.
func parseAudit(item any, kind access.AuditKind) (r auditRow, err error) {
	pair, ok := item.([]any)
	if !ok || len(pair) != 2 {
		return r, fmt.Errorf("audit log: an odd entry: %T", item)
	}
	id, _ := pair[0].(string)
	if r.id, ok = parseAuditID(id, kind); !ok {
		return r, fmt.Errorf("audit log: an odd id: %q", id)
	}
	texts, err := asTexts(pair[1])
	if err != nil {
		return r, err
	}
	fields := map[string]string{}
	for i := 0; i+1 < len(texts); i += 2 {
		fields[texts[i]] = texts[i+1]
	}
	at, err := strconv.ParseInt(fields["time"], 10, 64)
	if err != nil {
		return r, fmt.Errorf("audit log: time: %w", err)
	}
	r.AuditEntry = access.AuditEntry{
		Time: control.FromMicro(at), Actor: fields["actor"], Action: fields["action"], Target: fields["target"],
		Result: fields["result"], IP: fields["ip"], RequestID: fields["request_id"], Kind: kind,
	}
	return r, nil
}
