// SPDX-License-Identifier: Apache-2.0

package backups_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/dir"
)

// switching is an engine that does something while it has no store in use: between the old one and the restored one.
type switching struct {
	engine.Driver
	during func()
}

func (e *switching) Stage(ctx context.Context, s engine.Settings) (engine.Staging, error) {
	staging, err := e.Restorer.Stage(ctx, s)
	return &switchingStaging{staging, e}, err
}

type switchingStaging struct {
	engine.Staging
	engine *switching
}

func (s *switchingStaging) Promote(ctx context.Context, keep bool) (kv.Store, error) {
	s.engine.during()
	return s.Staging.Promote(ctx, keep)
}

// TestResumeWhileSwitching looks for interrupted restores while one is between two stores: it is not taken for one of them.
func TestResumeWhileSwitching(t *testing.T) {
	t.Parallel()
	e := &switching{}
	kept := t.TempDir()
	w := newWorldOn(t, engine.Embedded, func(data string) engine.Driver {
		e.Driver = newEmbedded(data)
		return engine.Driver{Engine: e, Restorer: e}
	}, dir.New(kept), kept)
	var looks []error
	e.during = func() { looks = append(looks, w.ResumeOnce(t.Context())) }
	was := map[kv.Key]string{"a": `1`}
	one := w.project("one", was)
	m := w.create(0)
	w.set(one, map[kv.Key]string{"a": `2`, "b": `3`})
	w.restore(m.ID, backups.RestoreOptions{Replace: true, By: access.AuditEntry{
		Actor: "ci (1)", Action: "restoreBackup", IP: "127.0.0.1", RequestID: "r1",
	}})
	if len(looks) != 1 || !errors.Is(looks[0], kv.ErrUnavailable) {
		t.Errorf("the looks meanwhile: %v", looks)
	}
	w.isOver("ok")
	w.served(one, nil)
	if diff := cmp.Diff(was, w.keys(one)); diff != "" {
		t.Error(diff)
	}
}
