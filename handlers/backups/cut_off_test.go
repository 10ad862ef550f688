// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// cutOff makes the control data be as a server leaves them that ends while it restores.
func (w *world) cutOff(restore map[string]any) {
	w.t.Helper()
	all := map[string]any{"begun_at": time.Now().Add(-time.Minute), "holder": "gone", "beat": 7, "by": map[string]any{
		"actor": "ci (1)", "action": "restoreBackup", "target": "backup:x", "ip": "127.0.0.1", "request_id": "r1",
	}}
	maps.Copy(all, restore)
	text, err := json.Marshal(map[string]any{"version": 1, "serial": 1, "restore": all})
	if err != nil {
		w.t.Fatal(err)
	}
	before, err := w.control.Document(w.t.Context(), engine.RestoreDocument)
	if err != nil {
		w.t.Fatal(err)
	}
	if done, err := w.control.SwapDocument(w.t.Context(), engine.RestoreDocument, before, string(text)); !done || err != nil {
		w.t.Fatal(done, err)
	}
}

// resume goes on with what was cut off until the test ends.
func (w *world) resume() {
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Resume(ctx) }()
	w.t.Cleanup(func() { cancel(); <-ended })
}

// warning returns what the status says of a restore, empty if nothing.
func (w *world) warning() string {
	for _, warning := range w.service.Status(w.t.Context()).Warnings {
		if warning.Code == engine.WarnRestore {
			return warning.Detail
		}
	}
	return ""
}

// results returns how restores ended, newest first.
func (w *world) results() (results []string) {
	w.t.Helper()
	entries, _, err := w.control.AuditEntries(w.t.Context(), 100, "")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Action != "restoreBackup" || e.Actor != "ci (1)" || e.RequestID != "r1" || e.IP != "127.0.0.1" {
			w.t.Errorf("an odd entry: %+v", e)
		}
		results = append(results, e.Result)
	}
	return results
}

// isOver waits until nothing is restored any more, and fails the test unless it ended so.
func (w *world) isOver(results ...string) {
	w.t.Helper()
	eventually(w.t, "the end of a restore", func() bool { return w.warning() == "" && len(w.results()) == len(results) })
	if diff := cmp.Diff(results, w.results()); diff != "" {
		w.t.Errorf("the audit log: %s", diff)
	}
}

// gone removes the data file of a backup.
func (w *world) gone(id string) {
	w.t.Helper()
	if err := os.Rename(filepath.Join(w.dir, id+".ndjson.gz"), filepath.Join(w.dir, id+".gone")); err != nil {
		w.t.Fatal(err)
	}
}

// halfRestored is a world with a project whose restore was cut off when some of its keys were gone.
type halfRestored struct {
	*world
	one, other kv.ProjectID
	was, later map[kv.Key]string
	m, before  backups.Manifest
	restore    map[string]any
}

func newHalfRestored(t *testing.T, engine engine.Name) *halfRestored {
	t.Helper()
	h := &halfRestored{
		world: newWorld(t, engine, t.TempDir()),
		was:   map[kv.Key]string{"a": `1`, "b": `2`}, later: map[kv.Key]string{"a": `3`, "c": `4`},
	}
	h.one, h.other = h.project("one", h.was), h.project("other", map[kv.Key]string{"a": `5`})
	h.m = h.create(h.one)
	if _, err := h.store().Del(t.Context(), h.one, []kv.Key{"b"}); err != nil {
		t.Fatal(err)
	}
	h.set(h.one, h.later)
	h.before = h.create(h.one)
	if _, err := h.store().Del(t.Context(), h.one, []kv.Key{"a"}); err != nil {
		t.Fatal(err)
	}
	h.restore = map[string]any{
		"backup": h.m.ID, "project": h.one, "into": h.one, "projects": []kv.ProjectID{h.one}, "stage": "replace", "before": h.before.ID,
	}
	return h
}

func (h *halfRestored) holds(p kv.ProjectID, want map[kv.Key]string) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.keys(p)); diff != "" {
		h.t.Errorf("project %d: %s", p, diff)
	}
}
