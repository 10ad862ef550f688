// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Update changes the settings of a service that is on, and returns its status. Errors: ErrNotEnabled; ErrBusy;
// ErrUnavailable while the engine is not up; ErrNotSupported; ErrOutcomeUnknown if ctx ends first, while the
// update goes on; what the engine and the control data end in. After an error the service runs as before.
func (s *Service) Update(ctx context.Context, c kv.Change) (kv.Status, error) {
	if err := s.await(ctx, newJob(updating, c, s.update)); err != nil {
		return kv.Status{}, err
	}
	return s.Status(ctx), nil
}

func (s *Service) update(ctx context.Context, j *job) error {
	st := s.state.Load()
	if !st.settings.Enabled {
		return kv.ErrNotEnabled
	}
	want, err := s.wanted(ctx, st.settings, j.change)
	if err != nil || want.Same(st.settings) {
		return err
	}
	if st.lease == nil {
		return kv.Refuse(kv.ErrUnavailable,
			"the engine is not up, see the status; if it cannot come up as it is, disable it and enable it otherwise")
	}
	engine, err := s.engineFor(want)
	if err != nil {
		return err
	}
	j.begun = true
	return s.reconfigure(ctx, engine, st.settings, want)
}

// reconfigure updates the engine and saves the settings; where that fails, the engine is updated back.
func (s *Service) reconfigure(ctx context.Context, engine kv.Engine, from, to kv.Settings) error {
	store, err := engine.Update(ctx, from, to)
	if err != nil {
		return err
	}
	if err := s.control.SaveSettings(ctx, to); err != nil {
		err = fmt.Errorf("save the settings: %w", err)
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
		defer cancel()
		back, undoErr := engine.Update(undo, to, from)
		if undoErr != nil {
			undoErr = fmt.Errorf("the engine runs with the new settings until the next start: %w", undoErr)
		}
		s.replace(ctx, store, from)
		s.replace(ctx, back, from)
		return errors.Join(err, undoErr)
	}
	s.replace(ctx, store, to)
	s.log.Info("kv storage is updated", "engine", to.Engine)
	return nil
}

// replace records the settings and takes a new store into use, if the engine returned one, in
// place of the one before.
func (s *Service) replace(ctx context.Context, store kv.Store, settings kv.Settings) {
	if store == nil {
		s.change(func(st *state) { st.settings = settings })
		return
	}
	if err := s.retire(s.use(ctx, store, settings)); err != nil {
		s.log.Warn("closing the store before the update", "error", explain(err, settings))
	}
}
