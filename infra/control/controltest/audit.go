// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
)

// RunAudit runs the tests of what the audit log keeps. fresh makes empty control data that keep so many entries of a kind,
// and returns a func that opens them: see Run.
func RunAudit(t *testing.T, fresh func(t *testing.T, keep int64) (open func() Control)) {
	const keep = 5
	r := &rig{T: t, open: fresh(t, keep)}
	r.Control = r.open()
	t.Cleanup(func() { r.ok(r.Close()) })
	const n = 20
	kinds := []access.AuditKind{access.AuditAdmin, access.AuditAct, access.AuditRefused, access.AuditAnonymous}
	want := map[string][]string{}
	for i := range n {
		for _, kind := range kinds {
			name, action := kind.String(), fmt.Sprint(kind, " ", i)
			r.ok(r.RecordAudit(r.Context(), access.AuditEntry{Time: time.Now(), Action: action, Kind: kind}))
			if kind == access.AuditAdmin || i >= n-keep {
				want[name] = append([]string{action}, want[name]...)
			}
		}
		if i == n/2 {
			r.restart()
		}
	}
	for _, limit := range []int{1, 7, 100} {
		got, cursor := map[string][]string{}, ""
		for more := true; more; more = cursor != "" {
			var page []string
			page, cursor = r.actions(limit, cursor)
			for _, action := range page {
				name, _, _ := strings.Cut(action, " ")
				got[name] = append(got[name], action)
			}
		}
		r.equal(fmt.Sprintf("pages of %d", limit), got, want)
	}
	entries, _, err := r.AuditEntries(r.Context(), 1, "")
	r.ok(err)
	r.equal("kind", entries[0].Kind.String()+" 19", entries[0].Action)
	for _, kind := range kinds {
		dropped := r.AuditDropped(kind) // since the restart
		if kind == access.AuditAdmin && dropped != 0 || kind != access.AuditAdmin && dropped != n-n/2-1 {
			r.Errorf("%s: dropped %d", kind, dropped)
		}
	}
}
