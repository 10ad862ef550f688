// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// TestResume goes on with restores that were cut off in each stage.
func TestResume(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		stage  string
		lost   func(h *halfRestored)
		result string
		keys   func(h *halfRestored) map[kv.Key]string
	}{
		"the backup is there": {"replace", func(*halfRestored) {}, "ok", func(h *halfRestored) map[kv.Key]string { return h.was }},
		"the backup is gone": {"replace", func(h *halfRestored) { h.gone(h.m.ID) }, "rolled_back",
			func(h *halfRestored) map[kv.Key]string { return h.later }},
		"its manifest is gone": {"replace", func(h *halfRestored) {
			if err := os.Remove(filepath.Join(h.dir, h.m.ID+".json")); err != nil {
				h.t.Fatal(err)
			}
		}, "rolled_back", func(h *halfRestored) map[kv.Key]string { return h.later }},
		"nothing was replaced": {"replace", func(h *halfRestored) { h.gone(h.m.ID); h.restore["before"] = "" }, "rolled_back",
			func(*halfRestored) map[kv.Key]string { return map[kv.Key]string{} }},
		"prepared": {"prepare", func(*halfRestored) {}, "failed", func(*halfRestored) map[kv.Key]string { return map[kv.Key]string{"c": `4`} }},
		"secluded": {"seclude", func(*halfRestored) {}, "failed", func(*halfRestored) map[kv.Key]string { return map[kv.Key]string{"c": `4`} }},
		"it was going back": {"replace", func(h *halfRestored) { h.restore["back"], h.restore["cause"] = true, "out of memory" }, "rolled_back",
			func(h *halfRestored) map[kv.Key]string { return h.later }},
		"going back, and that is gone": {"replace", func(h *halfRestored) { h.gone(h.before.ID); h.restore["back"] = true }, "ok",
			func(h *halfRestored) map[kv.Key]string { return h.was }},
	} {
		for _, engine := range engines {
			t.Run(name+", "+string(engine), func(t *testing.T) {
				t.Parallel()
				h := newHalfRestored(t, engine)
				tt.lost(h)
				h.restore["stage"] = tt.stage
				h.cutOff(h.restore)
				if tt.stage != "prepare" {
					h.served(h.one, kv.ErrUnavailable)
					if got := h.warning(); !strings.Contains(got, fmt.Sprintf("project %d: the restore of backup %s", h.one, h.m.ID)) {
						t.Errorf("the status warns: %q", got)
					}
				}
				h.served(h.other, nil)
				h.world.resume()
				h.isOver(tt.result)
				h.served(h.one, nil)
				h.holds(h.one, tt.keys(h))
				h.holds(h.other, map[kv.Key]string{"a": `5`})
			})
		}
	}
}

// TestNoWayBackOrForth has neither backup any more. The calls stay refused, and the status says what to do: it helps.
func TestNoWayBackOrForth(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *halfRestored) (results []string){
		"another restore": func(h *halfRestored) []string {
			third := h.create(h.one) // of what is there
			if _, err := h.Restore(h.t.Context(), third.ID, backups.RestoreOptions{}); !errors.Is(err, kv.ErrConflict) {
				h.t.Errorf("without replace: %v", err)
			}
			h.world.restore(third.ID, backups.RestoreOptions{Replace: true})
			h.served(h.one, nil)
			return []string{"failed"} // the first; the other one has no author
		},
		"the project is deleted": func(h *halfRestored) []string {
			if err := h.service.DeleteProject(h.t.Context(), h.one, h.control.DeleteProject); err != nil {
				h.t.Error(err)
			}
			return []string{"failed"}
		},
		"the backup is back": func(h *halfRestored) []string {
			if err := os.Rename(filepath.Join(h.dir, h.m.ID+".gone"), filepath.Join(h.dir, h.m.ID+".ndjson.gz")); err != nil {
				h.t.Error(err)
			}
			return []string{"ok"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHalfRestored(t, engine.External)
			h.gone(h.m.ID)
			h.gone(h.before.ID)
			h.cutOff(h.restore)
			h.world.resume()
			eventually(t, "a warning that says what to do", func() bool {
				return strings.Contains(h.warning(), "neither the backup can be restored") &&
					strings.Contains(h.warning(), "tempskv backup restore ID --replace")
			})
			h.served(h.one, kv.ErrUnavailable)
			if _, err := h.Create(t.Context(), 0); !errors.Is(err, kv.ErrUnavailable) && !errors.Is(err, kv.ErrBusy) {
				t.Errorf("a backup of everything: %v", err)
			}
			for _, id := range []string{h.m.ID, h.before.ID} {
				if err := h.Delete(t.Context(), id); !errors.Is(err, kv.ErrBusy) {
					t.Errorf("the deletion of a backup that is needed: %v", err)
				}
			}
			h.isOver(end(h)...)
		})
	}
}

// TestRestoreOfAnother restores another project while one waits to go on: that one waits still, and then goes on.
func TestRestoreOfAnother(t *testing.T) {
	t.Parallel()
	h := newHalfRestored(t, engine.External)
	of := h.create(h.other)
	h.cutOff(h.restore)
	h.world.restore(of.ID, backups.RestoreOptions{Replace: true})
	h.served(h.other, nil)
	h.served(h.one, kv.ErrUnavailable)
	h.world.resume()
	h.isOver("ok")
	h.holds(h.one, h.was)
}

// TestResumeAccess goes on with a restore of the whole service: projects and tokens come back once all keys are there, and
// not if it was in vain.
func TestResumeAccess(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		engine  engine.Name
		stage   string
		keys    string // of what is there when it goes on
		result  string
		revoked bool
	}{
		"external":               {engine.External, "replace", "half", "ok", false},
		"external, keys there":   {engine.External, "access", "was", "ok", false},
		"embedded, not switched": {engine.Embedded, "switch", "later", "failed", true},
		"embedded, switched":     {engine.Embedded, "switch", "was", "ok", false},
		"embedded, half access":  {engine.Embedded, "access", "was", "ok", false},
		"embedded, filling":      {engine.Embedded, "prepare", "later", "failed", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.engine, t.TempDir())
			keys := map[string]map[kv.Key]string{
				"was": {"a": `1`, "b": `2`}, "later": {"a": `1`, "b": `2`, "c": `3`}, "half": {"b": `2`},
			}
			one := w.project("one", keys["was"])
			token, id := w.token(one)
			m := w.create(0)
			if err := w.control.RevokeToken(t.Context(), one, id); err != nil {
				t.Fatal(err)
			}
			w.set(one, keys["later"])
			before := w.create(0)
			for key := range keys["later"] {
				if _, stays := keys[tt.keys][key]; !stays {
					if _, err := w.store().Del(t.Context(), one, []kv.Key{key}); err != nil {
						t.Fatal(err)
					}
				}
			}
			w.cutOff(map[string]any{
				"backup": m.ID, "projects": []kv.ProjectID{one}, "stage": tt.stage, "before": before.ID,
				"scratch": tt.engine == engine.Embedded,
			})
			if _, err := w.control.Authenticate(t.Context(), token); !errors.Is(err, kv.ErrUnauthorized) {
				t.Errorf("a revoked token before the restore is over: %v", err)
			}
			w.resume()
			w.isOver(tt.result)
			want := "was"
			if tt.revoked {
				want = "later"
			}
			if diff := cmp.Diff(keys[want], w.keys(one)); diff != "" {
				t.Error(diff)
			}
			if _, err := w.control.Authenticate(t.Context(), token); (err != nil) != tt.revoked {
				t.Errorf("the token that was revoked: %v", err)
			}
		})
	}
}

// TestAuditedOnce ends with the process between the audit entry of a restore and its end: the log has one entry.
func TestAuditedOnce(t *testing.T) {
	t.Parallel()
	h := newHalfRestored(t, engine.External)
	entry := access.AuditEntry{
		Time: time.Now(), Actor: "ci (1)", Action: "restoreBackup", Target: "backup:x", IP: "127.0.0.1", RequestID: "r1", Result: "ok",
	}
	if err := h.control.RecordAudit(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	h.restore["stage"], h.restore["result"] = "over", "ok"
	h.cutOff(h.restore)
	h.served(h.one, nil)
	h.world.resume()
	eventually(t, "the end", func() bool {
		text, err := h.control.Document(t.Context(), engine.RestoreDocument)
		return err == nil && !strings.Contains(text, "backup")
	})
	if got := h.results(); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("the audit log: %v", got)
	}
}

// TestLaterJournal refuses everybody while a newer version restores.
func TestLaterJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	one := w.project("one", nil)
	if _, err := w.control.SwapDocument(t.Context(), engine.RestoreDocument, "", `{"version":2}`); err != nil {
		t.Fatal(err)
	}
	w.served(one, kv.ErrUnavailable)
}

// TestUnknownProject replaces keys of a project that the control data do not know: they are in the backup of before.
func TestUnknownProject(t *testing.T) {
	t.Parallel()
	kept := t.TempDir()
	from := newWorld(t, engine.Embedded, kept)
	one := from.project("one", map[kv.Key]string{"a": `1`})
	m := from.create(0)
	to := newWorld(t, engine.External, kept)
	to.set(one, map[kv.Key]string{"a": `2`, "b": `3`})
	r := to.restore(m.ID, backups.RestoreOptions{Replace: true})
	if diff := cmp.Diff(map[kv.Key]string{"a": `1`}, to.keys(one)); diff != "" {
		t.Error(diff)
	}
	if v := to.whole(r.Before); v.Keys != 2 {
		t.Errorf("the backup of before holds %d keys", v.Keys)
	}
}

// TestRollBackOutOfMemory restores more than Redis takes: what was there is back, and the next restore can be made.
func TestRollBackOutOfMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.External, t.TempDir())
	large := map[kv.Key]string{}
	for i := range 20 {
		large[kv.Key(fmt.Sprint("large:", i))] = `"` + strings.Repeat("x", 500_000) + `"`
	}
	one := w.project("one", large)
	m := w.create(one)
	if err := w.store().DeleteProject(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	later := map[kv.Key]string{"a": `1`, "b": `2`}
	w.set(one, later)
	if err := w.redis.Client().ConfigSet(t.Context(), "maxmemory", "5mb").Err(); err != nil {
		t.Fatal(err)
	}
	by := access.AuditEntry{Actor: "ci (1)", Action: "restoreBackup", Target: "backup:x", IP: "127.0.0.1", RequestID: "r1"}
	r, err := w.Restore(t.Context(), m.ID, backups.RestoreOptions{Replace: true, By: by})
	if refusal, ok := errors.AsType[*kv.Refusal](err); !ok || !errors.Is(err, kv.ErrOutOfMemory) || !r.Recorded ||
		!strings.Contains(refusal.Detail, "the previous keys are back") {
		t.Errorf("got %+v, %v", r, err)
	}
	w.isOver("rolled_back")
	w.served(one, nil)
	if diff := cmp.Diff(later, w.keys(one)); diff != "" {
		t.Error(diff)
	}
	if err := w.redis.Client().ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	w.restore(m.ID, backups.RestoreOptions{Replace: true})
	if diff := cmp.Diff(large, w.keys(one)); diff != "" {
		t.Error(diff)
	}
}

// TestExportMeanwhile reads keys of which some are replaced before the last is read: an export has no last line then, and
// a backup is none.
func TestExportMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHalfRestored(t, engine.External)
	during := &during{Store: h.store(), do: func() { h.cutOff(h.restore) }}
	var text strings.Builder
	if err := h.Export(t.Context(), during, h.one, &text); !errors.Is(err, kv.ErrUnavailable) || strings.Contains(text.String(), "end") {
		t.Errorf("export: %v, %s", err, text.String())
	}
}

// TestExportOfADeletedProject deletes a project while its keys are read: the export has no last line.
func TestExportOfADeletedProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t, engine.Embedded, t.TempDir())
	p := w.project("p", map[kv.Key]string{"a": `1`})
	during := &during{Store: w.store(), do: func() {
		if err := w.control.DeleteProject(t.Context(), p); err != nil {
			t.Error(err)
		}
	}}
	var text strings.Builder
	if err := w.Export(t.Context(), during, p, &text); !errors.Is(err, kv.ErrProjectNotFound) || strings.Contains(text.String(), "end") {
		t.Errorf("export: %v, %s", err, text.String())
	}
}

// during is a store to which something happens while its keys are read.
type during struct {
	kv.Store
	do func()
}

func (d *during) PointInTime() bool { return false }
func (d *during) Takes(string) bool { return true }
func (d *during) Import(context.Context, []kv.Record) ([]int, error) {
	return nil, kv.ErrNotSupported
}
func (d *during) Lookup(context.Context, []kv.Record) ([]kv.Record, error) {
	return nil, kv.ErrNotSupported
}
func (d *during) Export(ctx context.Context, p kv.ProjectID, f func([]kv.Record) error) error {
	d.do()
	return d.Store.Export(ctx, p, f)
}
