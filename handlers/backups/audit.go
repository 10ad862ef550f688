// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"slices"

	"github.com/tempskv/tempskv/handlers/access"
)

// Results of a restore in the audit log.
const (
	resultOK         = "ok"
	resultFailed     = "failed"      // nothing was changed, or the project was deleted
	resultRolledBack = "rolled_back" // the previous keys are back
)

// recentEntries is how many entries of the audit log are searched for one that was written before a server ended.
const recentEntries = 100

// audit records the result of a restore in the audit log, once.
func (s *Manager) audit(ctx context.Context, p pending, result string) error {
	by := p.By
	if by.Action == "" {
		return nil
	}
	recent, _, err := s.control.AuditEntries(ctx, recentEntries, "")
	if err != nil {
		return err
	}
	if slices.ContainsFunc(recent, func(e access.AuditEntry) bool {
		return e.RequestID == by.RequestID && e.Action == by.Action && e.Target == by.Target && e.Result == result &&
			!e.Time.Before(p.BegunAt)
	}) {
		return nil
	}
	return s.control.RecordAudit(ctx, access.AuditEntry{
		Time: s.now(), Actor: by.Actor, Action: by.Action, Target: by.Target, Result: result, IP: by.IP, RequestID: by.RequestID,
		Kind: access.AuditAdmin, // no one else can restore
	})
}
