// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Purge permanently removes the data of the engine, and forgets the settings, so that the next enable is a first one.
// Projects and their tokens stay. Errors: ErrConflict while the service is on; ErrNotEnabled if it never was;
// ErrNotSupported; ErrBusy; ErrOutcomeUnknown if ctx ends first, while the purge goes on; those of the engine and the
// control data.
func (s *Service) Purge(ctx context.Context) error {
	return s.await(ctx, s.newJob(purging, engine.Change{}, s.purge))
}

func (s *Service) purge(ctx context.Context, j *job) error {
	st := s.state.Load()
	purger := s.engines[st.settings.Engine].Purger
	switch {
	case st.settings.Engine == "":
		return kv.ErrNotEnabled
	case purger == nil:
		return kv.Refuse(kv.ErrNotSupported, "the engine %s keeps nothing that can be removed from here", st.settings.Engine)
	case st.settings.Enabled:
		return kv.Refuse(kv.ErrConflict, "kv storage is on: disable it before its data are removed")
	}
	j.begun = true
	if err := purger.Purge(ctx); err != nil {
		return err
	}
	if err := s.control.SaveSettings(ctx, engine.DefaultSettings()); err != nil {
		return fmt.Errorf("save the settings: %w", err)
	}
	s.change(func(st *state) { st.settings, st.conditions = engine.DefaultSettings(), conditions{} })
	s.log.Info("the data of kv storage are removed", "engine", st.settings.Engine)
	return nil
}
