// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Restores reports whether the engine's keys can all be replaced: see RestoreAll.
func (s *Service) Restores() bool {
	return s.engines[s.state.Load().settings.Engine].Restorer != nil
}

// RestoreHooks are what RestoreAll calls, all in one job.
type RestoreHooks struct {
	// Fill puts keys into an empty store, and reports whether the store in use was saved before, or holds nothing.
	Fill func(ctx context.Context, store kv.Store) (saved bool, err error)
	// Switched is called once the new store is in use. A store that was not saved is kept at aside, which is empty otherwise.
	Switched func(ctx context.Context, aside string) error
	// Failed is called if the new store did not come into use.
	Failed func(ctx context.Context, err error)
}

// RestoreAll replaces all keys of the engine. Fill puts them into an empty store next to the one in use, which serves until
// Fill has returned. If Fill fails, nothing has changed. If the engine cannot come up with the data it has, Acquire fails
// in Fill: there is nothing to save. Errors: ErrDisabled; ErrBusy; ErrUnavailable while the engine is not up and cannot do
// that; ErrNotSupported; ErrOutcomeUnknown if ctx ends first, while the restore goes on; those of Fill, Switched, the
// engine and the control data.
func (s *Service) RestoreAll(ctx context.Context, r RestoreHooks) error {
	j := s.newJob(Restore, engine.Change{}, func(ctx context.Context, j *job) error {
		aside, err := s.restore(ctx, j, r)
		if err != nil {
			r.Failed(ctx, err)
			return err
		}
		j.begun = false // the engine is well
		return r.Switched(ctx, aside)
	})
	j.limit = longTime
	return s.await(ctx, j)
}

func (s *Service) restore(ctx context.Context, j *job, r RestoreHooks) (aside string, err error) {
	st := s.state.Load()
	e := s.engines[st.settings.Engine]
	switch {
	case !st.settings.Enabled:
		return "", kv.ErrDisabled
	case e.Restorer == nil:
		return "", kv.Refuse(kv.ErrNotSupported, "the keys of the engine %s cannot all be replaced at once", st.settings.Engine)
	}
	if st, err = s.ensureUp(ctx, st); err != nil {
		return "", err
	}
	s.progress.Step(engine.Step{Name: "make an empty store"})
	staging, err := e.Restorer.Stage(ctx, st.settings)
	if err != nil {
		return "", err
	}
	saved := false
	err = s.recovered(Restore, func() (err error) {
		saved, err = r.Fill(ctx, staging.Store())
		return err
	})
	if err != nil {
		return "", errors.Join(err, discard(ctx, staging))
	}
	j.begun = true
	s.progress.Step(engine.Step{Name: "switch"})
	begun := time.Now()
	if lease := s.state.Load().lease; lease != nil { // not that of st, if Fill has drained it
		s.withdraw(lease, st.settings)
	}
	store, err := staging.Promote(ctx, !saved)
	if err != nil {
		return "", errors.Join(err, discard(ctx, staging), s.bringBack(ctx, e, st.settings))
	}
	s.replace(ctx, store, st.settings)
	s.log.Info("kv storage is restored", "engine", st.settings.Engine, "interrupted", time.Since(begun))
	return staging.Aside(), nil
}

// ensureUp brings up an engine that is not up, and returns the state after that. It is no error if the engine does not come
// up, for example because its data are damaged: the restore replaces them. Errors: ErrUnavailable if the engine was lost.
func (s *Service) ensureUp(ctx context.Context, st *state) (*state, error) {
	if st.up() {
		return st, nil
	}
	if st.lease != nil {
		return st, kv.Refuse(kv.ErrUnavailable, "the engine is not up, see the status")
	}
	s.progress.Step(engine.Step{Name: "bring up the engine"})
	if err := s.bringUp(ctx, s.engines[st.settings.Engine], st.settings); err != nil {
		s.log.Warn("the engine does not come up: its data are replaced by the restore",
			"error", explain(err, st.settings))
	}
	return s.state.Load(), nil
}

// discard removes a staging store, even if ctx has ended.
func discard(ctx context.Context, staging engine.Staging) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	return staging.Discard(ctx)
}
