// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// undoTime bounds what is done after a failure to leave things as they were.
const undoTime = time.Minute

// Enable turns the service on with the stored settings and the change, and returns its status. It joins an enable that
// is under way for the same settings. Errors: ErrBusy; ErrAlreadyEnabled if the service is on with other settings;
// ErrConflict if another engine was enabled before, or if a project's id is taken in the store; ErrNotSupported;
// ErrOutcomeUnknown if ctx ends first, while the enable goes on; those of the engine and the control data.
func (s *Service) Enable(ctx context.Context, c engine.Change) (engine.Status, error) {
	if err := s.await(ctx, s.newJob(enabling, c, s.enable)); err != nil {
		return engine.Status{}, err
	}
	return s.Status(ctx), nil
}

func (s *Service) enable(ctx context.Context, j *job) error {
	st := s.state.Load()
	want, err := s.wanted(ctx, st.settings, j.change)
	if err != nil {
		return err
	}
	if st.settings.Enabled && !want.Same(st.settings) {
		return kv.Refuse(kv.ErrAlreadyEnabled,
			"kv storage is enabled with other settings; change them with update, or disable it first")
	}
	if st.up() {
		return nil
	}
	engine, err := s.engineFor(want)
	if err != nil {
		return err
	}
	j.begun = true
	return s.bringUp(ctx, engine, want)
}

// startEngine brings up what is stored as enabled.
func (s *Service) startEngine(ctx context.Context, _ *job) error {
	st := s.state.Load()
	if !st.down() { // it may be up already because of another process
		return nil
	}
	engine, err := s.engineFor(st.settings)
	if err != nil {
		return err
	}
	if err := s.bringUp(ctx, engine, st.settings); err != nil || !st.degraded() {
		return err
	}
	s.change(func(next *state) { next.conditions.set(recovered, st.conditions[degraded].text) })
	return nil
}

// with returns the stored settings after the change, with the image of its version.
func (s *Service) with(stored engine.Settings, c engine.Change) engine.Settings {
	want := stored.With(c)
	if c.Version != nil {
		want.DockerImage = s.imageOf(*c.Version)
	}
	return want
}

// wanted returns the settings that a first or later enable, or an update, asks for.
func (s *Service) wanted(ctx context.Context, stored engine.Settings, c engine.Change) (engine.Settings, error) {
	want := s.with(stored, c)
	switch {
	case stored.Engine != "" && want.Engine != stored.Engine:
		return want, kv.Refuse(kv.ErrConflict,
			"the engine is %s since the first enable and cannot become another", stored.Engine)
	case want.Engine == "" && s.choose != nil:
		want.Engine = s.choose(ctx)
	}
	return want, nil
}

// engineFor returns the engine of the settings, once it said that it supports them.
func (s *Service) engineFor(want engine.Settings) (engine.Driver, error) {
	e, ok := s.engines[want.Engine]
	if !ok {
		var names []string
		for _, name := range slices.Sorted(maps.Keys(s.engines)) {
			names = append(names, string(name))
		}
		return e, kv.Refuse(kv.ErrNotSupported,
			"no engine %q here; there is: %s", want.Engine, strings.Join(names, ", "))
	}
	return e, e.Supports(want)
}

// bringUp enables the engine and takes its store into use. If it fails it leaves the stored
// settings as they were, and an engine that was off is off again.
func (s *Service) bringUp(ctx context.Context, engine engine.Engine, want engine.Settings) error {
	stored := s.state.Load().settings
	store, err := engine.Enable(ctx, want)
	if err != nil {
		return err
	}
	want.Enabled, want.Provisioned = true, true
	if err := s.adopt(ctx, store, want); err != nil {
		return errors.Join(err, undoEnable(ctx, engine, store, !stored.Enabled))
	}
	s.log.Info("kv storage is on", "engine", want.Engine)
	return nil
}

// adopt takes the store into use after it has checked the project ids of its keys once more. No project is created
// meanwhile.
func (s *Service) adopt(ctx context.Context, store kv.Store, settings engine.Settings) error {
	if err := s.lockProjects(ctx); err != nil {
		return err
	}
	defer s.unlockProjects()
	if err := s.checkOwner(ctx, store, settings); err != nil {
		return err
	}
	if s.ownership.Load().state < replaced { // else this is done once it is ours again
		if err := s.verifyProjects(ctx, store); err != nil {
			return err
		}
	}
	if settings != s.state.Load().settings {
		if err := s.control.SaveSettings(ctx, settings); err != nil {
			return fmt.Errorf("save the settings: %w", err)
		}
	}
	s.replace(ctx, store, settings)
	return nil
}

// undoEnable undoes an Enable of the engine. It goes on where ctx has ended.
func undoEnable(ctx context.Context, engine engine.Engine, store kv.Store, stop bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	err := store.Close()
	if stop {
		err = errors.Join(err, engine.Disable(ctx))
	}
	if err != nil {
		return fmt.Errorf("take the engine down again: %w", err)
	}
	return nil
}

// use takes the store into use, with the settings that it runs with, and returns the one used before.
func (s *Service) use(ctx context.Context, store kv.Store, settings engine.Settings) (before *Lease) {
	before = s.state.Load().lease
	if before != nil {
		before.stop() // or its sweep might take a wake-up that was meant for the next
	}
	lease := newLease(store)
	if !s.onUse {
		lease.sweeper = inBackground(ctx, func(ctx context.Context) { s.sweepForever(ctx, store) })
	}
	if claimer := s.claimerOf(store, settings); claimer != nil && !s.onUse {
		lease.ownerWatch = inBackground(ctx, func(ctx context.Context) { s.watchOwner(ctx, lease, claimer) })
	}
	lease.watch = s.startWatch(ctx, lease, settings.Engine)
	s.change(func(st *state) { *st = state{lease: lease, settings: settings, loaded: true} })
	return before
}
