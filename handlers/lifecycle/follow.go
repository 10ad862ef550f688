// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Ready brings a service that is OnUse to what the stored settings say, if it is not there, and waits for the end of
// that or of ctx. Where it fails, the calls that follow say so. Otherwise Run sees to this.
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
		_ = s.await(ctx, s.newJob(starting, kv.Change{}, s.startEngine))
	}
	s.lookOnUse(ctx)
}

// lookOnUse looks whose the store is, if that was not done for a while.
func (s *Service) lookOnUse(ctx context.Context) {
	st := s.state.Load()
	now, last := time.Now().UnixNano(), s.lookedAt.Load()
	if st.lease == nil || now-last < ownTime.Nanoseconds() || !s.lookedAt.CompareAndSwap(last, now) || !st.lease.hold() {
		return
	}
	defer st.lease.Release()
	if claimer, ok := s.claimerOf(st.lease.Store, st.settings); ok {
		_ = s.recovered("mark", func() error { return s.lookAtOwner(ctx, claimer) })
	}
}

// load reads the stored settings: once or, where others change them too, before every job, so that it is judged by what
// is stored and not by what was seen of it.
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
		if settings != st.settings && st.lease != nil { // somebody else turned the service off, or leads it elsewhere
			before, st.lease, st.stopping = st.lease, nil, false
			st.conditions.set(degraded, "")
		}
		st.settings, st.loaded = settings, true
	})
	if before != nil {
		s.settle(nil, ownership{}) // the next store is looked at when it comes into use
	}
	if err := s.retire(before); err != nil {
		s.log.Warn("closing the store", "error", explain(err, settings))
	}
	return nil
}

// followMove takes another Redis into use, without a gap, if that is all that another process has changed. If it cannot,
// the service is brought up again with the new settings.
func (s *Service) followMove(ctx context.Context, st *state, to kv.Settings) {
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

// onElsewhere returns an error if the service is on at another process and not yet here: whoever creates a project
// could ask its store, and is to come again.
func (s *Service) onElsewhere(ctx context.Context) error {
	if s.changed == nil {
		return nil
	}
	settings, err := s.control.Settings(ctx)
	if err == nil && settings.Enabled {
		err = kv.ErrUnavailable
	}
	return err
}
