// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"context"
	"errors"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// staging is an engine.Staging in another installation.
type staging struct {
	engine       *Engine
	settings     engine.Settings
	record       record // with what serves as the current installation
	installation installation
	running      *running
	run          string // id of the server's run
	promoted     bool
}

// Stage brings up another installation, of the image that serves, on its own volume. Both run from now on.
// Errors: as Enable.
func (e *Engine) Stage(ctx context.Context, s engine.Settings) (_ engine.Staging, err error) {
	t, err := e.begin(ctx, s)
	if err != nil {
		return nil, err
	}
	defer t.end(&err)
	if e.now.Load() == nil {
		return nil, kv.Refuse(kv.ErrUnavailable, "the engine is not up, see the status")
	}
	if t.record.Current == nil {
		return nil, kv.Refuse(kv.ErrUnavailable, "there is no container whose place another could take")
	}
	if err := t.record.forgetPrevious(); err != nil {
		return nil, err
	}
	t.tidyOrWarn(ctx)
	sc, err := t.stage(ctx)
	if err != nil {
		return nil, errors.Join(err, undo(ctx, t.tidy))
	}
	return sc, nil
}

// stage brings up another installation that the settings ask for.
func (t *task) stage(ctx context.Context) (*staging, error) {
	i, err := t.wanted(ctx)
	if err != nil {
		return nil, err
	}
	if i.Number, err = t.freeNumber(ctx); err != nil {
		return nil, err
	}
	if err := t.bringUp(ctx, i); err != nil {
		return nil, err
	}
	var run string
	if i.Build, run, err = t.server.identity(ctx); err != nil {
		return nil, err
	}
	r, err := t.openStore(ctx, i)
	if err != nil {
		return nil, err
	}
	return &staging{
		engine: t.engine, settings: t.settings, record: t.record, installation: i, running: r, run: run,
	}, nil
}

// Store returns the *redis.Store over the new server.
func (s *staging) Store() kv.Store { return s.running.store }

// Promote makes the new installation the current one. What served runs on until Watch removes it: without persistence,
// an operator who stopped it could not bring its keys back. Errors: ErrNotSupported with keep; ErrUnavailable and
// ErrStorageFull if the new server may not hold all that it was given; those of saving the record.
func (s *staging) Promote(ctx context.Context, keep bool) (kv.Store, error) {
	if keep {
		return nil, kv.Refuse(kv.ErrNotSupported, "what the container holds could not be backed up, and is not replaced before it is")
	}
	s.engine.cfg.Report(engine.Step{Name: "look at the new server"})
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	s.engine.cfg.Report(engine.Step{Name: "switch"})
	if err := s.record.makeCurrent(s.installation); err != nil {
		return nil, err
	}
	s.promoted = true
	s.engine.use(s.running)
	return s.running.store, nil
}

// check returns an error if the server was started again since it was filled, or has not written what it was given.
// Errors: ErrUnavailable, ErrStorageFull.
func (s *staging) check(ctx context.Context) error {
	_, run, err := s.running.server.identity(ctx)
	switch {
	case err != nil:
		return withInner(kv.Refuse(kv.ErrUnavailable, "the new server has ended or does not answer: try again"), err)
	case run != s.run:
		return kv.Refuse(kv.ErrUnavailable,
			"the new server was restarted while it was filled, and may have lost a part: try again")
	}
	return s.running.server.checkWritten(ctx)
}

// Aside returns an empty string: Promote keeps nothing.
func (s *staging) Aside() string { return "" }

// Discard removes the container and the volume. After Promote it does nothing.
func (s *staging) Discard(ctx context.Context) (err error) {
	if s.promoted {
		return nil
	}
	err = s.running.store.Close()
	s.running.server.close()
	t, beginErr := s.engine.begin(ctx, s.settings)
	if beginErr != nil {
		return errors.Join(err, beginErr)
	}
	defer t.end(&err)
	return errors.Join(err, t.removeInstallation(ctx, s.installation))
}
