// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// stop ends the server of a container, if it is there and runs. It asks the server first: one that has only just
// started does not hear podman's signal. Errors: ErrStorageFull if that would lose what the server could not store; one
// that gives no answer is stopped.
func (t *task) stop(ctx context.Context, name string) error {
	return t.stopBy(ctx, name, func(s *server) error { return s.shutdown(ctx, false) })
}

// replaceForm removes a container of another form, such as one with the users of an earlier tempskv. What its server has
// in memory is on the volume then, for the next one to load: an append-only file is rewritten first, so that nothing
// depends on what a server makes of its parts. A server that has ended has all that it wrote on the volume.
func (t *task) replaceForm(ctx context.Context, i installation, name string) error {
	t.step("replace the container")
	err := t.stopBy(ctx, name, func(s *server) error { return s.handOver(ctx, i.Persistence) })
	if err != nil {
		return err
	}
	return t.remove(ctx, name)
}

// stopBy ends the server of a container by end, if it is there and runs. Errors: ErrStorageFull if that would lose what
// the server holds; one that does not end by that is stopped by podman.
func (t *task) stopBy(ctx context.Context, name string, end func(s *server) error) error {
	one, ok, err := t.container(ctx, name)
	if answered(err) {
		return t.removeBroken(ctx, name, err)
	}
	if !ok || err != nil {
		return err
	}
	patience := stopTime
	switch one.State.Status {
	case statePaused:
		if err := t.act(ctx, name, "unpause", nil); answered(err) {
			return t.removeBroken(ctx, name, err)
		} else if err != nil {
			return err
		}
		fallthrough
	case stateRunning:
		s := newServer(one.addr(), t.record.AdminPassword)
		defer s.close()
		err := s.checkWritten(ctx)
		if errors.Is(err, kv.ErrUnavailable) {
			patience = stuckTime
		}
		if err == nil {
			err = end(s)
		}
		if errors.Is(err, kv.ErrStorageFull) {
			return err
		}
		if err != nil {
			t.engine.cfg.Log.Warn("the server is stopped by a signal", "container", name, "error", err)
		}
	}
	return t.halt(ctx, name, patience)
}

// halt has podman stop a container, and kill it after a while. One that podman cannot stop is removed: the next Enable
// replaces it.
func (t *task) halt(ctx context.Context, name string, patience time.Duration) error {
	err := t.client.stop(ctx, name, patience)
	if answered(err) {
		return t.removeBroken(ctx, name, err)
	}
	return err
}

// removeBroken removes a container that podman cannot start, stop or inspect, and ends what is left of its server. The volume
// stays.
func (t *task) removeBroken(ctx context.Context, name string, why error) error {
	t.engine.cfg.Log.Warn("the container is removed, and its volume kept", "container", name, "error", why)
	if err := t.remove(ctx, name); err != nil {
		return err
	}
	return t.endOrphans(ctx, name)
}
