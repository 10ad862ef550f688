// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// job is one call of Enable, Update, Disable or Purge, or one that makes or discards a staging store.
type job struct {
	*client
	engine   *Engine
	record   record
	settings kv.Settings

	server  *server // what bringUp brought up, until open or end
	program map[string]string
	warning string
	doing   string // the step that is under way
	fresh   bool   // the volume with the data was created by this job
}

// begin reads what there is, and connects to podman.
func (e *Engine) begin(ctx context.Context, s kv.Settings) (*job, error) {
	r, err := readRecord(e.cfg.Dir)
	if err != nil {
		return nil, (&job{}).told(err)
	}
	c, err := dial(ctx, e.cfg.Socket)
	if err != nil {
		return nil, err
	}
	return &job{client: c, engine: e, record: r, settings: s, program: map[string]string{}}, nil
}

// end frees what the job holds, and makes a refusal of what it failed in.
func (j *job) end(err *error) {
	*err = j.told(*err)
	if j.server != nil {
		j.server.close()
	}
	j.client.close()
}

// step tells that a step begins. What was done before can be counted on after a crash.
func (j *job) step(format string, args ...any) {
	j.doing = fmt.Sprintf(format, args...)
	j.engine.cfg.Report(kv.Step{Name: j.doing})
}

// open opens the store over the current installation, which was brought up, and hands both to the engine.
func (j *job) open(ctx context.Context) (kv.Store, error) {
	r, err := j.openStore(ctx, *j.record.Current)
	if err != nil {
		return nil, err
	}
	j.engine.use(r)
	return r.store, nil
}

// openStore opens the store over the installation that was brought up, and returns it with its server.
func (j *job) openStore(ctx context.Context, i installation) (*running, error) {
	c := j.engine.cfg.Store
	c.URL = fmt.Sprintf("redis://%s:%s@%s", appUser, j.record.AppPassword, j.server.addr)
	store, err := redis.Open(ctx, c)
	if err != nil {
		return nil, cmp.Or(j.server.checkWritten(ctx), err)
	}
	r := &running{
		store: store, server: j.server, socket: j.engine.cfg.Socket,
		name: i.name(j.record.Owner), image: i.Image, warning: j.warning,
	}
	j.server = nil
	return r, nil
}

// undoTime bounds what is done after a failure to leave nothing behind.
const undoTime = time.Minute

// undo calls f, even where the job has run out of time.
func undo(ctx context.Context, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	return f(ctx)
}
