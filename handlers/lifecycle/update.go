// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Update changes the settings of a service that is on, and returns its status. Errors: ErrNotEnabled; ErrBusy;
// ErrUnavailable while the engine is not up; ErrNotSupported; ErrOutcomeUnknown if ctx ends first, while the
// update goes on; those of the engine and the control data. After an error the service runs as before.
func (s *Service) Update(ctx context.Context, c engine.Change) (engine.Status, error) {
	if err := s.await(ctx, s.newJob(updating, c, s.update)); err != nil {
		return engine.Status{}, err
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
	if st.lease == nil && want.RedisURL != st.settings.RedisURL {
		return s.moveWhileDown(ctx, j, st.settings, want)
	}
	if !st.up() {
		return kv.Refuse(kv.ErrUnavailable,
			"the engine is not up, see the status; if it cannot come up as it is, disable it and enable it otherwise")
	}
	engine, err := s.engineFor(want)
	if err != nil {
		return err
	}
	j.begun = true
	err = s.reconfigure(ctx, engine, st.settings, want)
	if j.moves() && err != nil {
		j.begun = false // nothing was changed: that is for the caller alone
	}
	return err
}

// moveWhileDown takes another Redis into use while the one of the stored settings cannot be: its password or address may have
// changed. After an error everything is as before.
func (s *Service) moveWhileDown(ctx context.Context, j *job, from, to engine.Settings) error {
	engine, err := s.engineFor(to)
	if err != nil {
		return err
	}
	store, err := engine.Update(ctx, from, to)
	if err != nil {
		return err
	}
	j.begun = true
	if store == nil {
		return s.control.SaveSettings(ctx, to)
	}
	if err := s.adopt(ctx, store, to); err != nil {
		return errors.Join(err, store.Close())
	}
	s.log.Info("kv storage is on", "engine", to.Engine)
	return nil
}

// reconfigure updates the engine and saves the settings; where that fails, the engine is updated back. An engine that
// needs its store closed for this gets it closed, and is enabled again if it fails.
func (s *Service) reconfigure(ctx context.Context, e engine.Driver, from, to engine.Settings) error {
	interrupts := false
	if e.Preparer != nil {
		var err error
		if interrupts, err = e.Preparer.Prepare(ctx, from, to); err != nil {
			return err
		}
	}
	lease := s.state.Load().lease
	lease.watch.stop()
	begun := time.Now()
	if interrupts {
		s.withdraw(lease, from)
	}
	store, err := e.Update(ctx, from, to)
	if err != nil {
		if interrupts {
			return errors.Join(err, s.bringBack(ctx, e, from))
		}
		lease.watch = s.startWatch(ctx, lease, from.Engine)
		return err
	}
	if err := s.control.SaveSettings(ctx, to); err != nil {
		err = fmt.Errorf("save the settings: %w", err)
		if interrupts {
			return errors.Join(err, store.Close(), s.bringBack(ctx, e, from))
		}
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
		defer cancel()
		back, undoErr := e.Update(undo, to, from)
		if undoErr != nil {
			undoErr = fmt.Errorf("the engine runs with the new settings until the next start: %w", undoErr)
		}
		s.replace(ctx, store, from)
		s.replace(ctx, back, from)
		return errors.Join(err, undoErr)
	}
	s.replace(ctx, store, to)
	s.log.Info("kv storage is updated", "engine", to.Engine, "interrupted", interrupts, "took", time.Since(begun))
	return nil
}

// replace records the settings and takes a new store into use, if the engine returned one, in
// place of the one before.
func (s *Service) replace(ctx context.Context, store kv.Store, settings engine.Settings) {
	if store == nil {
		s.change(func(st *state) { st.settings = settings })
		if lease := s.state.Load().lease; lease.watch.ended() {
			lease.watch = s.startWatch(ctx, lease, settings.Engine)
		}
		return
	}
	if err := s.retire(s.use(ctx, store, settings)); err != nil {
		s.log.Warn("closing the store before the update", "error", explain(err, settings))
	}
}

// withdraw closes the store once what is under way has ended. Until there is another, calls are refused as to be repeated.
func (s *Service) withdraw(lease *Lease, settings engine.Settings) {
	s.change(func(st *state) { st.lease = nil })
	if err := s.retire(lease); err != nil {
		s.log.Warn("closing the store before the update", "error", explain(err, settings))
	}
}

// bringBack enables the engine as it was before an update that failed. Where that fails too, Run tries it again.
func (s *Service) bringBack(ctx context.Context, engine engine.Engine, from engine.Settings) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	if err := s.bringUp(ctx, engine, from); err != nil {
		return fmt.Errorf("bring back what was before: %w", err)
	}
	return nil
}
