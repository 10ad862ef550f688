// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Disable turns the service off once the calls under way have ended; its data stay. After an error half way it may be
// called again and continues. Errors: ErrNotEnabled; ErrBusy; ErrOutcomeUnknown if ctx ends first, while the disable goes
// on; those of the engine and the control data. If the engine refuses beforehand, the service stays on.
func (s *Service) Disable(ctx context.Context) error {
	return s.await(ctx, s.newJob(disabling, engine.Change{}, s.disable))
}

func (s *Service) disable(ctx context.Context, j *job) error {
	st := s.state.Load()
	if !st.settings.Enabled {
		return kv.ErrNotEnabled
	}
	e, ok := s.engines[st.settings.Engine]
	if !ok {
		return kv.Refuse(kv.ErrNotSupported, "no engine %q here", st.settings.Engine)
	}
	if e.Preparer != nil {
		if err := e.Preparer.PrepareDisable(ctx); err != nil {
			return err
		}
	}
	j.begun = true
	s.change(func(st *state) { st.lease, st.stopping = nil, true })
	if err := s.retire(st.lease); err != nil {
		// What was acknowledged is stored already, so that the disable can go on.
		s.log.Warn("closing the store", "error", explain(err, st.settings))
	}
	if err := e.Disable(ctx); err != nil {
		return err
	}
	off := st.settings
	off.Enabled = false
	if err := s.control.SaveSettings(ctx, off); err != nil {
		return fmt.Errorf("save the settings: %w", err)
	}
	s.change(func(st *state) { st.settings, st.stopping, st.conditions = off, false, conditions{} })
	s.applyOwnership(nil, ownership{})
	s.log.Info("kv storage is off", "engine", off.Engine)
	return nil
}
