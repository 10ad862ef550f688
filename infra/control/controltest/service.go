// SPDX-License-Identifier: Apache-2.0

package controltest

import (
	"context"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

func settings(r *rig) {
	got, err := r.Settings(r.Context())
	r.ok(err)
	r.equal("settings at first", got, engine.DefaultSettings())
	for _, want := range []engine.Settings{
		{
			Enabled: true, Engine: engine.External, Provisioned: true, DockerImage: "redis:8", MaxMemory: "1gb",
			Persistence: true, Eviction: engine.AllKeysLRU, RedisURL: "rediss://app:s%3Fcret@host:6379/0",
		},
		{Engine: engine.Embedded, Eviction: engine.NoEviction},
	} {
		r.ok(r.SaveSettings(r.Context(), want))
		for range 2 {
			got, err := r.Settings(r.Context())
			r.ok(err)
			r.equal("settings", got, want)
			r.restart()
		}
	}
}

// record appends n entries whose actions count on from first.
func (r *rig) record(first, n int) {
	r.Helper()
	for i := range n {
		r.ok(r.RecordAudit(r.Context(), access.AuditEntry{Time: time.Now(), Action: fmt.Sprint(first + i)}))
	}
}

// actions reads one page.
func (r *rig) actions(limit int, cursor string) (actions []string, next string) {
	r.Helper()
	entries, next, err := r.AuditEntries(r.Context(), limit, cursor)
	r.ok(err)
	for _, e := range entries {
		actions = append(actions, e.Action)
	}
	return actions, next
}

func audit(r *rig) {
	actions, next := r.actions(10, "")
	r.equal("at first", actions, []string{})
	r.equal("cursor", next, "")
	want := access.AuditEntry{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC), Actor: "key a", Action: "createProject",
		Target: "project:1", Result: "ok", IP: "::1", RequestID: "r1",
	}
	r.ok(r.RecordAudit(r.Context(), want))
	r.restart()
	entries, _, err := r.AuditEntries(r.Context(), 10, "")
	r.ok(err)
	r.equal("entries", entries, []access.AuditEntry{want})
}

func auditCursor(r *rig) {
	r.record(1, 6)
	first, next := r.actions(2, "")
	r.equal("first page", first, []string{"6", "5"})
	r.record(7, 3) // arrive while the pages are read
	r.restart()
	second, next := r.actions(2, next)
	r.equal("second page", second, []string{"4", "3"})
	third, next := r.actions(2, next)
	r.equal("third page", third, []string{"2", "1"})
	r.equal("cursor of the end", next, "")
	all, next := r.actions(9, "")
	r.equal("all", all, []string{"9", "8", "7", "6", "5", "4", "3", "2", "1"})
	r.equal("cursor of the end", next, "")
	for _, odd := range []string{"x!", "-1", "0", "+1", "01", " ", "99999999999999999999999999"} {
		_, _, err := r.AuditEntries(r.Context(), 2, odd)
		r.refuses("cursor "+odd, err, kv.ErrInvalid)
	}
}

// endedContext checks that a call ends with its context.
func endedContext(r *rig) {
	ended, cancel := context.WithCancel(r.Context())
	cancel()
	_, err := r.CreateProject(ended, access.NewProject{})
	r.fails("CreateProject", err, kv.ErrTimeout)
	_, err = r.ListProjects(ended)
	r.fails("ListProjects", err, kv.ErrTimeout)
	r.fails("RecordAudit", r.RecordAudit(ended, access.AuditEntry{}), kv.ErrTimeout)
	list, err := r.ListProjects(r.Context())
	r.ok(err)
	r.equal("projects", list, []access.Project{})
}
