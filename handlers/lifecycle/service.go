// SPDX-License-Identifier: Apache-2.0

// Package lifecycle turns the store of the service on and off: enable, update, disable and status, one job at a time,
// detached from the request and kept over restarts. It also does what needs both the store and the control
// data: the keys of deleted projects, and ids that already have keys. It imports package kv alone.
package lifecycle

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Config is what New needs in addition to the control data.
type Config struct {
	// Engines are those that this runtime has.
	Engines map[engine.Name]engine.Driver
	// Choose returns the engine of a first enable that names none. Default: such an enable is refused.
	Choose func(ctx context.Context) engine.Name
	// ImageOf returns the image of a version of Redis. Default: the version itself, which engines without images refuse.
	ImageOf func(version string) string
	// Progress records what jobs do. Engines may report their steps to it. Default: a new one.
	Progress *Progress
	// Changed holds a token if a process, perhaps this one, changed the stored settings. They are then read and followed.
	// Default: no other process changes them.
	Changed <-chan struct{}
	// Owner returns the id of the control data, empty if there is none yet. A store that the engine does not look after
	// is marked with it, and not served while it has another mark, or has lost its mark and its keys. Default: no
	// marks.
	Owner func() string
	// Projects returns all projects: without any, no keys can be lost. Default: there may be some.
	Projects func(ctx context.Context) ([]access.Project, error)
	// Hold returns which projects no server may serve for now, from memory that is a few seconds old at most; nil if
	// there are none. An error refuses every data call. Default: there are none.
	Hold func(ctx context.Context) (*Hold, error)
	// Warnings return what is wrong elsewhere: with the control data, or with backups. They answer from memory, or within
	// the time of a probe. Default: none.
	Warnings []func(ctx context.Context) []engine.Warning
	// OnUse makes everything happen in the calls themselves, for a process that may be frozen between them: Ready follows
	// the settings and starts the engine, and Sweep deletes the keys of deleted projects.
	OnUse bool
	// Log takes events of the engine that no request caused. Default: none.
	Log *slog.Logger
}

// Service is the key-value service of one process, on or off. The engines are called in Run alone, one job at a time;
// other goroutines see the result as a state, which is replaced and never changed.
type Service struct {
	control  engine.State
	engines  map[engine.Name]engine.Driver
	choose   func(ctx context.Context) engine.Name
	imageOf  func(version string) string
	progress *Progress
	changed  <-chan struct{}
	onUse    bool
	owner    func() string
	// listProjects may be nil.
	listProjects func(ctx context.Context) ([]access.Project, error)
	hold         func(ctx context.Context) (*Hold, error)
	sources      []func(ctx context.Context) []engine.Warning
	log          *slog.Logger

	state  atomic.Pointer[state]   // replaced under changing
	blocks atomic.Pointer[[]Block] // replaced under mu, never changed
	wake   chan struct{}           // holds a token where a project was deleted
	jobs   chan *job               // holds the current job until Run takes it
	losses chan loss               // what watches find
	// projects holds a token while a project is created, or a store with keys is admitted.
	projects chan struct{}
	stale    atomic.Bool                // the settings are to be read again
	swept    map[kv.ProjectID]time.Time // by Sweep, which holds sweeping
	sweeping sync.Mutex

	ownership  atomic.Pointer[ownership] // of the store in use
	resolving  sync.Mutex                // held while that is found out
	resolvedAt atomic.Int64              // when a call last began to find it out, in nanoseconds since 1970
	recording  sync.Mutex
	known      record // as it is stored; recordedAt is when it was last tried to store it
	recordedAt time.Time
	// lastMark is that of the last look, and restarted how many changes the server had not saved that ended since.
	lastMark    kv.Mark
	restarted   int64
	restartedAt time.Time
	changing    sync.Mutex

	mu      sync.Mutex
	current *job           // waiting or under way
	ended   bool           // no job begins any more
	shared  sync.WaitGroup // shared jobs
}

// state is what the service is at one time.
type state struct {
	lease      *Lease          // the open store, nil if there is none
	settings   engine.Settings // as they are stored
	loaded     bool            // whether settings were read yet
	stopping   bool            // a disable failed half way: the engine is not started again unless asked
	conditions conditions
}

// degraded reports whether the engine was lost, and its store is still in use.
func (st *state) degraded() bool { return st.conditions[degraded].text != "" }

// up reports whether the store is in use and the engine was not lost.
func (st *state) up() bool { return st.lease != nil && !st.degraded() }

// down reports whether the engine has to be started.
func (st *state) down() bool { return !st.loaded || st.settings.Enabled && !st.up() && !st.stopping }

// New returns a service that is not running yet: Run reads its settings and starts the engine.
func New(c engine.State, cfg Config) *Service {
	s := &Service{
		control:  c,
		engines:  cfg.Engines,
		choose:   cfg.Choose,
		imageOf:  cfg.ImageOf,
		progress: cfg.Progress,
		changed:  cfg.Changed,
		onUse:    cfg.OnUse,
		owner:    cfg.Owner,

		listProjects: cfg.Projects,

		hold:    cfg.Hold,
		sources: cfg.Warnings,
		log:     cfg.Log,
		wake:    make(chan struct{}, 1),
		jobs:    make(chan *job, 1),
		losses:  make(chan loss),

		projects: make(chan struct{}, 1),
		swept:    map[kv.ProjectID]time.Time{},
	}
	if s.imageOf == nil {
		s.imageOf = func(version string) string { return version }
	}
	if s.progress == nil {
		s.progress = NewProgress()
	}
	if s.hold == nil {
		s.hold = func(context.Context) (*Hold, error) { return nil, nil }
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.state.Store(&state{settings: engine.DefaultSettings()})
	s.blocks.Store(&[]Block{})
	s.ownership.Store(&ownership{})
	return s
}

// Run brings the service up as it was when the process last ended, does the jobs of Enable, Update and Disable, and
// sweeps the keys of deleted projects. When ctx ends it stops all this, closes the store once
// its leases are back, and returns the error of that. The engine is left as it is. Run is called once.
func (s *Service) Run(ctx context.Context) error {
	start := time.NewTimer(0)
	defer start.Stop()
	changed := s.changed
	if s.onUse { // Ready takes it, and nothing is logged between calls
		changed = nil
	} else {
		defer inBackground(ctx, s.logWarnings).stop()
	}
	var pause backoff
	for {
		select {
		case <-ctx.Done():
			return s.end()
		case <-start.C:
			s.start(ctx)
		case j := <-s.jobs:
			s.run(ctx, j)
			pause = backoff{}
		case l := <-s.losses:
			if time.Since(l.lease.since) > stableTime {
				pause = backoff{}
			}
			s.handleLoss(l)
		case <-changed:
			s.stale.Store(true)
		}
		if s.state.Load().down() || s.stale.Load() {
			start.Reset(pause.next())
		} else {
			start.Stop()
		}
	}
}

// end refuses the jobs that are left and closes the store.
func (s *Service) end() error {
	s.mu.Lock()
	s.ended = true
	if s.current != nil && s.current.cancel != nil {
		s.current.cancel()
	}
	s.mu.Unlock()
	select {
	case j := <-s.jobs:
		j.finish(errEnded)
	default:
	}
	s.shared.Wait()
	var lease *Lease
	s.change(func(st *state) { lease, st.lease = st.lease, nil })
	return s.retire(lease)
}

// change replaces the state by a changed copy. Run calls it, and Drain.
func (s *Service) change(f func(st *state)) {
	s.changing.Lock()
	defer s.changing.Unlock()
	next := *s.state.Load()
	f(&next)
	s.state.Store(&next)
}
