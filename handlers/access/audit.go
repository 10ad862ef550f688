// SPDX-License-Identifier: Apache-2.0

package access

import "time"

// AuditEntry is one management call: who did what to what, and what came of it. It never holds a value or a token.
type AuditEntry struct {
	Time      time.Time
	Actor     string // name and id of the token
	Action    string // operationId, as in openapi.yaml
	Target    string // "project:1", "token:ab12", "service"
	Result    string // "ok" or the code of the problem
	IP        string
	RequestID string
	Kind      AuditKind
}

// AuditKind distinguishes entries by how long they are kept. Each kind has its own budget, so that entries that
// anyone can cause never displace what was done.
type AuditKind uint8

// The kinds. Their values are stored.
const (
	AuditAct       AuditKind = iota // done by a caller without SystemAdmin, such as signing in
	AuditAdmin                      // done by an administrator: removed by age alone
	AuditRefused                    // of a known caller, and not done
	AuditAnonymous                  // of an unknown caller, and not done
)

// AuditKinds is the number of kinds.
const AuditKinds = 4

// String returns the name of the kind in metrics.
func (k AuditKind) String() string {
	return [...]string{"acts", "administrators", "refused", "anonymous"}[k]
}

// The audit log has bounds, so that it cannot fill a disk or a Redis.
const (
	// AuditKeep is how many entries of each kind but AuditAdmin are kept: some 4 MB.
	AuditKeep = 20_000
	// AuditAge is how long those of AuditAdmin are kept.
	AuditAge = 400 * 24 * time.Hour
)
