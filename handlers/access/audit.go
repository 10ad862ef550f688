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
}
