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

// RestoreAll gives the engine all its keys anew. fill puts them into an empty store beside the one in use, which goes on
// serving until fill has returned; what was written to it meanwhile is gone then. If fill fails, nothing has changed.
// Errors: ErrDisabled; ErrBusy; ErrUnavailable while the engine is not up; ErrNotSupported; ErrOutcomeUnknown if ctx ends
// first, while it goes on; those of fill, the engine and the control data.
func (s *Service) RestoreAll(ctx context.Context, fill func(ctx context.Context, store kv.Store) error) error {
	j := newJob(Restore, kv.Change{}, func(ctx context.Context, j *job) error { return s.restore(ctx, j, fill) })
	j.limit = longTime
	return s.await(ctx, j)
}

func (s *Service) restore(ctx context.Context, j *job, fill func(context.Context, kv.Store) error) error {
	st := s.state.Load()
	engine, ok := s.engines[st.settings.Engine].(kv.Restorer)
	switch {
	case !st.settings.Enabled:
		return kv.ErrDisabled
	case !ok:
		return kv.Refuse(kv.ErrNotSupported, "the engine %s cannot be given all its keys anew", st.settings.Engine)
	case st.lease == nil || st.lost != "":
		return kv.Refuse(kv.ErrUnavailable, "the engine is not up, see the status")
	}
	s.progress.Step(kv.Step{Name: "make an empty store"})
	scratch, err := engine.Scratch(ctx, st.settings)
	if err != nil {
		return err
	}
	if err := s.recovered(Restore, func() error { return fill(ctx, scratch.Store()) }); err != nil {
		return errors.Join(err, drop(ctx, scratch))
	}
	j.begun = true
	s.progress.Step(kv.Step{Name: "switch"})
	begun := time.Now()
	s.withdraw(st.lease, st.settings)
	store, err := scratch.Take(ctx)
	if err != nil {
		return errors.Join(err, drop(ctx, scratch), s.bringBack(ctx, s.engines[st.settings.Engine], st.settings))
	}
	s.replace(ctx, store, st.settings)
	s.log.Info("kv storage is restored", "engine", st.settings.Engine, "interrupted", time.Since(begun))
	return nil
}

// drop ends a scratch that is not taken. It goes on where ctx has ended.
func drop(ctx context.Context, scratch kv.Scratch) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	return scratch.Drop(ctx)
}
