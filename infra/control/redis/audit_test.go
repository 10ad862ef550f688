// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/infra/control/controltest"
	control "github.com/tempskv/tempskv/infra/control/redis"
	"github.com/tempskv/tempskv/infra/redis/redistest"
)

func TestAuditIsBounded(t *testing.T) {
	t.Parallel()
	s := openOne(t, redistest.Start(t).URL, control.Config{AuditKeep: 3})
	for range 10 {
		if err := s.RecordAudit(t.Context(), access.AuditEntry{Action: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	if entries, _, err := s.AuditEntries(t.Context(), 100, ""); err != nil || len(entries) != 3 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	controltest.RunAudit(t, func(t *testing.T, keep int64) func() controltest.Control {
		server := redistest.Start(t)
		return func() controltest.Control { return open(t, server.URL, control.Config{AuditKeep: keep}) }
	})
}

// Entries that an older version wrote, of whatever kind, are in its one stream, and old ones go from there.
func TestAuditAge(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := openOne(t, server.URL, control.Config{AuditKeep: 3})
	client := server.Client()
	old := time.Now().Add(-access.AuditAge - time.Hour).UnixMilli()
	for i := range 1000 {
		if err := client.Do(t.Context(), "xadd", "tempskv:{control}:audit", fmt.Sprintf("%d-%d", old, i), "time", old*1000, "action", "old",
			"result", "unauthorized").Err(); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		if err := s.RecordAudit(t.Context(), access.AuditEntry{Action: "new", Kind: access.AuditAdmin}); err != nil {
			t.Fatal(err)
		}
	}
	entries, _, err := s.AuditEntries(t.Context(), 1000, "")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(entries); n < 10 || n > 210 || entries[9].Action != "new" {
		t.Errorf("%d entries are kept, the tenth is %+v", n, entries[9])
	}
}
