// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// damageStore changes pages of the file of the embedded engine, which is off meanwhile, or has it open.
func (w *world) damageStore(open bool, from, to float64) {
	w.t.Helper()
	if err := w.service.Disable(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	damage := func() {
		path := filepath.Join(w.data, "data.db")
		b, err := os.ReadFile(path)
		if err != nil {
			w.t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		first := int(from * float64(len(b)) / 4096)
		last := int(to * float64(len(b)) / 4096)
		if _, err := f.WriteAt([]byte(strings.Repeat("damaged ", (last-first)*512)), int64(first)*4096); err != nil {
			w.t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	if !open {
		damage()
	}
	if _, err := w.service.Enable(w.t.Context(), engine.Change{}); err != nil {
		w.t.Fatal(err)
	}
	if open {
		damage()
	}
}

// A damaged store is never backed up as whole, by hand or by the schedule, nor exported; the status says so; the backups of
// before stay, and one of them brings everything back.
func TestDamagedStore(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]bool{"stopped": false, "running": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, engine.Embedded, t.TempDir())
			keys := map[kv.Key]string{}
			for i := range 1500 {
				keys[kv.Key(fmt.Sprint("key", i))] = fmt.Sprintf(`"%d %s"`, i, strings.Repeat("x", i%300))
			}
			p := w.project("one", keys)
			before := w.create(0)
			w.damageStore(open, 0.5, 0.8)

			for _, project := range []kv.ProjectID{0, p} {
				if m, err := w.Create(t.Context(), project); !errors.Is(err, kv.ErrDamaged) {
					t.Errorf("backed up %d keys, %v", m.Keys, err)
				}
			}
			if err := w.Export(t.Context(), w.store(), p, io.Discard); !errors.Is(err, kv.ErrDamaged) {
				t.Errorf("exported: %v", err)
			}
			status := w.service.Status(t.Context())
			damaged := func(k engine.Warning) bool { return k.Code == engine.WarnDamaged }
			if status.Healthy || !slices.ContainsFunc(status.Warnings, damaged) || !strings.Contains(status.Message, "backup restore") {
				t.Errorf("healthy %v, %q, warnings %v", status.Healthy, status.Message, status.Warnings)
			}
			w.scheduleFails(t)
			if all, err := w.List(t.Context()); err != nil || len(all) != 1 || all[0].ID != before.ID {
				t.Errorf("list: %v, %v", all, err)
			}

			w.restore(before.ID, backups.RestoreOptions{Replace: true})
			if diff := cmp.Diff(w.keys(p), keys); diff != "" {
				t.Errorf("keys: %s", diff)
			}
			if status := w.service.Status(t.Context()); !status.Healthy || len(status.Warnings) != 0 {
				t.Errorf("after the restore: %q, %v", status.Message, status.Warnings)
			}
			w.create(0)
			if kept, err := filepath.Glob(filepath.Join(w.data, "data.db.aside-*Z")); err != nil || len(kept) != 1 {
				t.Errorf("the damaged file is not kept: %v, %v", kept, err)
			}
		})
	}
}

// scheduleFails has a backup be made by the schedule, and demands that it says why it could not be.
func (w *world) scheduleFails(t *testing.T) {
	t.Helper()
	if _, err := w.SetSchedule(t.Context(), func(p *archive.Schedule) { p.Every, p.Keep = time.Hour, 1 }); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	defer func() { stop(); <-ended }()
	eventually(t, "the schedule tells of damage", func() bool {
		schedule, err := w.Schedule(t.Context())
		return err == nil && strings.Contains(schedule.LastError, "damaged")
	})
}
