// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Restores tells whether the engine can be given all its keys anew: see RestoreAll.
func (s *Service) Restores() bool {
	_, ok := s.engines[s.state.Load().settings.Engine].(kv.Restorer)
	return ok
}

// Refill is what RestoreAll calls, all in one job.
type Refill struct {
	// Fill puts keys into an empty store, and reports whether what is in use was saved before, or holds nothing.
	Fill func(ctx context.Context, store kv.Store) (saved bool, err error)
	// Switched is called once the new store is in use. What was not saved is kept at aside, which else is empty.
	Switched func(ctx context.Context, aside string) error
	// Failed is called where that was not done.
	Failed func(ctx context.Context, err error)
}

// RestoreAll replaces all keys of the engine. Fill puts them into an empty store beside the one in use, which goes on
// serving until Fill has returned. If that fails, nothing has changed. Where the engine cannot come up with what it has,
// there is nothing that Fill could save: Acquire fails. Errors: ErrDisabled; ErrBusy; ErrUnavailable while the engine is
// not up and cannot do that; ErrNotSupported; ErrOutcomeUnknown if ctx ends first, while it goes on; those of Fill,
// Switched, the engine and the control data.
func (s *Service) RestoreAll(ctx context.Context, r Refill) error {
	j := s.newJob(Restore, kv.Change{}, func(ctx context.Context, j *job) error {
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

func (s *Service) restore(ctx context.Context, j *job, r Refill) (aside string, err error) {
	st := s.state.Load()
	engine, ok := s.engines[st.settings.Engine].(kv.Restorer)
	switch {
	case !st.settings.Enabled:
		return "", kv.ErrDisabled
	case !ok:
		return "", kv.Refuse(kv.ErrNotSupported, "the engine %s cannot be given all its keys anew", st.settings.Engine)
	}
	if st, err = s.raise(ctx, st); err != nil {
		return "", err
	}
	s.progress.Step(kv.Step{Name: "make an empty store"})
	scratch, err := engine.Scratch(ctx, st.settings)
	if err != nil {
		return "", err
	}
	saved := false
	err = s.recovered(Restore, func() (err error) {
		saved, err = r.Fill(ctx, scratch.Store())
		return err
	})
	if err != nil {
		return "", errors.Join(err, drop(ctx, scratch))
	}
	j.begun = true
	s.progress.Step(kv.Step{Name: "switch"})
	begun := time.Now()
	if lease := s.state.Load().lease; lease != nil { // another than st's, if Fill has drained it
		s.withdraw(lease, st.settings)
	}
	store, err := scratch.Take(ctx, !saved)
	if err != nil {
		return "", errors.Join(err, drop(ctx, scratch), s.bringBack(ctx, s.engines[st.settings.Engine], st.settings))
	}
	s.replace(ctx, store, st.settings)
	s.log.Info("kv storage is restored", "engine", st.settings.Engine, "interrupted", time.Since(begun))
	return scratch.Aside(), nil
}

// raise brings up an engine that is not up, and returns the state of then. That it cannot come up, as with data that are
// damaged, is no error: what is restored then takes the place of what there is. Errors: ErrUnavailable where it was up.
func (s *Service) raise(ctx context.Context, st *state) (*state, error) {
	if st.up() {
		return st, nil
	}
	if st.lease != nil {
		return st, kv.Refuse(kv.ErrUnavailable, "the engine is not up, see the status")
	}
	s.progress.Step(kv.Step{Name: "bring up the engine"})
	if err := s.bringUp(ctx, s.engines[st.settings.Engine], st.settings); err != nil {
		s.log.Warn("the engine does not come up: what is restored takes the place of what it has",
			"error", explain(err, st.settings))
	}
	return s.state.Load(), nil
}

// drop ends a scratch that is not taken. It goes on where ctx has ended.
func drop(ctx context.Context, scratch kv.Scratch) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	return scratch.Drop(ctx)
}
