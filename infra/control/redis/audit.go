// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// RecordAudit appends the entry, and drops the oldest beyond those that are kept. See XADD in the Redis command
// reference.
func (s *Store) RecordAudit(ctx context.Context, e access.AuditEntry) error {
	_, err := s.do(ctx, auditKey, true, "xadd", auditKey, "maxlen", s.cfg.AuditKeep, "*",
		"time", control.ToMicro(e.Time), "actor", e.Actor, "action", e.Action, "target", e.Target,
		"result", e.Result, "ip", e.IP, "request_id", e.RequestID)
	return err
}

// AuditEntries returns up to limit entries, newest first, from cursor on (empty: the newest), and the cursor of the
// next page, empty at the end. New entries do not shift the pages. Errors: ErrInvalid for a cursor that it
// did not make. See XREVRANGE in the Redis command reference.
func (s *Store) AuditEntries(ctx context.Context, limit int, cursor string) ([]access.AuditEntry, string, error) {
	from := "+"
	if cursor != "" {
		id, ok := parseCursor(cursor)
		if !ok {
			return nil, "", kv.Refuse(kv.ErrInvalid, "is no cursor of the audit log")
		}
		from = "(" + id
	}
	// One more entry than asked for shows whether there is another page.
	reply, err := s.do(ctx, auditKey, false, "xrevrange", auditKey, from, "-", "count", limit+1)
	if err != nil {
		return nil, "", err
	}
	rows, ok := reply.([]any)
	if !ok {
		return nil, "", fmt.Errorf("audit log: not a list: %T", reply)
	}
	next := ""
	entries := make([]access.AuditEntry, min(limit, len(rows)))
	for i := range entries {
		id, e, err := parseAudit(rows[i])
		if err != nil {
			return nil, "", err
		}
		entries[i] = e
		if len(rows) > limit {
			next = newCursor(id)
		}
	}
	return entries, next, nil
}

// parseAudit reads one entry of the stream: its id, and its fields with their names.
func parseAudit(row any) (id string, e access.AuditEntry, err error) {
	pair, ok := row.([]any)
	if !ok || len(pair) != 2 {
		return "", e, fmt.Errorf("audit log: an odd entry: %T", row)
	}
	id, _ = pair[0].(string)
	texts, err := asTexts(pair[1])
	if err != nil {
		return "", e, err
	}
	fields := map[string]string{}
	for i := 0; i+1 < len(texts); i += 2 {
		fields[texts[i]] = texts[i+1]
	}
	at, err := strconv.ParseInt(fields["time"], 10, 64)
	if err != nil {
		return "", e, fmt.Errorf("audit log: time: %w", err)
	}
	return id, access.AuditEntry{
		Time: control.FromMicro(at), Actor: fields["actor"], Action: fields["action"], Target: fields["target"],
		Result: fields["result"], IP: fields["ip"], RequestID: fields["request_id"],
	}, nil
}

// cursorBase is the base that the two numbers of a cursor are written in.
const cursorBase = 36

// newCursor returns the cursor that continues with the next older entry than that of the id in the stream.
func newCursor(id string) string {
	ms, seq, _ := strings.Cut(id, "-")
	return inBase(ms, 10, cursorBase) + "-" + inBase(seq, 10, cursorBase)
}

// parseCursor is the reverse of newCursor; it reports false for what newCursor does not make.
func parseCursor(cursor string) (id string, ok bool) {
	ms, seq, _ := strings.Cut(cursor, "-")
	id = inBase(ms, cursorBase, 10) + "-" + inBase(seq, cursorBase, 10)
	return id, newCursor(id) == cursor && ms != "" && seq != ""
}

// inBase writes a number in another base; a text that is not a number becomes empty.
func inBase(digits string, from, to int) string {
	n, err := strconv.ParseUint(digits, from, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatUint(n, to)
}
