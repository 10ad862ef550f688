// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Ready brings a service that is OnUse to the state that the stored settings ask for, and waits for the end of that or of
// ctx. If it fails, the calls that follow say so. In other services Run does this.
func (s *Service) Ready(ctx context.Context) {
	if !s.onUse {
		return
	}
	select {
	case <-s.changed:
		s.stale.Store(true)
	default:
	}
	if s.stale.Load() || s.state.Load().down() {
		_ = s.await(ctx, s.newJob(starting, engine.Change{}, s.startEngine))
	}
	s.refreshOnUse(ctx)
}

// refreshOnUse finds out who owns the store, if that was not done for a while.
func (s *Service) refreshOnUse(ctx context.Context) {
	st := s.state.Load()
	now, last := time.Now().UnixNano(), s.resolvedAt.Load()
	if st.lease == nil || now-last < ownerInterval.Nanoseconds() || !s.resolvedAt.CompareAndSwap(last, now) || !st.lease.acquire() {
		return
	}
	defer st.lease.Release()
	if claimer := s.claimerOf(st.lease.Store, st.settings); claimer != nil {
		_ = s.recovered("mark", func() error { return s.refreshOwnership(ctx, claimer) })
	}
}

// load reads the stored settings: once or, if other processes change them too, before every job, so that the job starts
// from what is stored now.
func (s *Service) load(ctx context.Context) error {
	loaded := s.state.Load().loaded
	if stale := s.stale.Swap(false); loaded && !stale && s.changed == nil {
		return nil
	}
	settings, err := s.control.Settings(ctx)
	if err != nil {
		s.stale.Store(loaded)
		return fmt.Errorf("read the settings: %w", err)
	}
	if st := s.state.Load(); settings != st.settings {
		s.followMove(ctx, st, settings)
	}
	var before *Lease
	s.change(func(st *state) {
		if settings != st.settings && st.lease != nil { // another process turned the service off, or moved it to another Redis
			before, st.lease, st.stopping = st.lease, nil, false
			st.conditions.set(degraded, "")
		}
		st.settings, st.loaded = settings, true
	})
	if before != nil {
		s.applyOwnership(nil, ownership{}) // the owner of the next store is found out when it comes into use
	}
	if err := s.retire(before); err != nil {
		s.log.Warn("closing the store", "error", explain(err, settings))
	}
	return nil
}

// followMove takes another Redis into use, without a gap, if that is all that another process has changed. If it cannot,
// the service is brought up again with the new settings.
func (s *Service) followMove(ctx context.Context, st *state, to engine.Settings) {
	same := to
	same.RedisURL = st.settings.RedisURL
	if !st.up() || !to.Enabled || same != st.settings {
		return
	}
	engine, err := s.engineFor(to)
	if err != nil {
		return
	}
	store, err := engine.Update(ctx, st.settings, to)
	if err != nil {
		s.log.Warn("following to another Redis", "error", explain(err, to))
		return
	}
	s.replace(ctx, store, to)
}

// enabledElsewhere returns an error if another process has turned the service on and this one has not yet: a caller that
// creates a project should try again, when the store can be asked.
func (s *Service) enabledElsewhere(ctx context.Context) error {
	if s.changed == nil {
		return nil
	}
	settings, err := s.control.Settings(ctx)
	if err == nil && settings.Enabled {
		err = kv.ErrUnavailable
	}
	return err
}
