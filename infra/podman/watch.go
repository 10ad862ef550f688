// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"fmt"
	"time"
)

// The schedule of the watch: how often the server is asked, how long it may take to answer, and after how many
// questions podman is asked too.
const (
	watchTime     = 500 * time.Millisecond
	watchPatience = time.Second
	inspectEvery  = 20
	inspectTime   = 10 * time.Second
)

// stuckTime is how long a server may give no answer before it is considered stuck.
const stuckTime = 10 * time.Second

// Watch checks the server and, less often, the container. It returns an error once the container has ended, is gone or
// paused, was restarted without us, or has been stuck for a while; Enable repairs all of these. It returns nil once ctx has
// ended.
func (e *Engine) Watch(ctx context.Context) error {
	r := e.now.Load()
	if r == nil {
		return nil
	}
	if err := e.confirm(ctx); err != nil {
		e.cfg.Log.Warn("what served before is not removed yet", "error", err)
	}
	var w watch
	tick := time.NewTicker(watchTime)
	defer tick.Stop()
	for {
		if err := w.check(ctx, r); ctx.Err() != nil {
			return nil
		} else if err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// confirm removes what an update or a restore replaced: the settings are saved, and from now on data are written. It
// leaves alone what else is not current, which may be a staging store.
func (e *Engine) confirm(ctx context.Context) error {
	r, err := readRecord(e.cfg.Dir)
	if err != nil || r.Previous == nil {
		return err
	}
	c, err := dial(ctx, e.cfg.Socket)
	if err != nil {
		return err
	}
	defer c.close()
	previous := *r.Previous
	if err := r.forgetPrevious(); err != nil {
		return err
	}
	// Servers of other versions may need other rules.
	before, _ := r.acl(previous.Build)
	if now, _ := r.acl(r.Current.Build); now != before {
		if err := c.removeSecret(ctx, before); err != nil {
			return err
		}
	}
	return (&task{client: c, engine: e, record: r}).removeInstallation(ctx, previous)
}

// watch is what is known from the checks before.
type watch struct {
	run    string // id of the server's run
	checks int
	silent time.Time // since when there was no answer
}

func (w *watch) check(ctx context.Context, r *running) error {
	asked, cancel := context.WithTimeout(ctx, watchPatience)
	_, run, err := r.server.identity(asked)
	cancel()
	w.checks++
	switch {
	case err != nil && w.silent.IsZero():
		w.silent = time.Now()
	case err != nil && time.Since(w.silent) > stuckTime:
		return fmt.Errorf("the server has not answered for %s", stuckTime)
	case err == nil && w.run != "" && w.run != run:
		return fmt.Errorf("the server was restarted by podman")
	case err == nil:
		w.run, w.silent = run, time.Time{}
	}
	if err == nil && w.checks%inspectEvery != 0 {
		return nil
	}
	return r.inspect(ctx)
}

// inspect asks podman for the state of the container. That podman does not answer is no error: the container may run.
func (r *running) inspect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, inspectTime)
	defer cancel()
	c, err := dial(ctx, r.socket)
	if err != nil {
		return nil
	}
	defer c.close()
	switch one, ok, err := c.container(ctx, r.name); {
	case err != nil:
		return nil
	case !ok:
		return fmt.Errorf("the container is gone")
	case one.State.Status == statePaused:
		return fmt.Errorf("the container was paused")
	case one.State.Status != stateRunning:
		return fmt.Errorf("the container is %s, exit code %d", one.State.Status, one.State.ExitCode)
	}
	return nil
}
