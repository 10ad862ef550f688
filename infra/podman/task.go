// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// task is one call of Enable, Update, Disable or Purge, or one that makes or discards a staging store.
type task struct {
	*client
	engine   *Engine
	record   record
	settings engine.Settings

	server  *server // what bringUp brought up, until open or end
	program map[string]string
	warning string
	doing   string // the step that is under way
	fresh   bool   // the volume with the data was created by this task
}

// begin reads what there is, and connects to podman.
func (e *Engine) begin(ctx context.Context, s engine.Settings) (*task, error) {
	r, err := readRecord(e.cfg.Dir)
	if err != nil {
		return nil, (&task{}).refusal(err)
	}
	c, err := dial(ctx, e.cfg.Socket)
	if err != nil {
		return nil, err
	}
	return &task{client: c, engine: e, record: r, settings: s, program: map[string]string{}}, nil
}

// end frees what the task holds, and turns its error into a refusal.
func (t *task) end(err *error) {
	*err = t.refusal(*err)
	if t.server != nil {
		t.server.close()
	}
	t.client.close()
}

// step reports that a step begins. What was done before it survives a crash.
func (t *task) step(format string, args ...any) {
	t.doing = fmt.Sprintf(format, args...)
	t.engine.cfg.Report(engine.Step{Name: t.doing})
}

// open opens the store over the current installation, which was brought up, and hands both to the engine.
func (t *task) open(ctx context.Context) (kv.Store, error) {
	r, err := t.openStore(ctx, *t.record.Current)
	if err != nil {
		return nil, err
	}
	t.engine.use(r)
	return r.store, nil
}

// openStore opens the store over the installation that was brought up, and returns it with its server.
func (t *task) openStore(ctx context.Context, i installation) (*running, error) {
	c := t.engine.cfg.Store
	c.URL = t.server.url(appUser, t.record.AppPassword)
	store, err := redis.Open(ctx, c)
	if err != nil {
		return nil, cmp.Or(t.server.checkWritten(ctx), err)
	}
	r := &running{
		store: store, server: t.server, socket: t.engine.cfg.Socket,
		name: i.name(t.record.Owner), image: i.Image, warning: t.warning,
	}
	t.server = nil
	return r, nil
}

// undoTime bounds what is done after a failure to leave nothing behind.
const undoTime = time.Minute

// undo calls f, even if the task has run out of time.
func undo(ctx context.Context, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	return f(ctx)
}
