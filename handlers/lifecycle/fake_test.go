// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

var errFault = errors.New("fault")

// fault is a place where a test makes a fake fail or wait. The zero value does neither.
type fault struct {
	mu    sync.Mutex
	err   error
	panic any
	gate  chan struct{} // a call waits until it is closed, or its context ends
	calls int
}

func (f *fault) set(err error) { f.with(func() { f.err = err }) }
func (f *fault) with(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// block makes calls wait until the returned func is called.
func (f *fault) block() (unblock func()) {
	gate := make(chan struct{})
	f.with(func() { f.gate = gate })
	return sync.OnceFunc(func() {
		f.with(func() { f.gate = nil })
		close(gate)
	})
}

func (f *fault) count() (n int) {
	f.with(func() { n = f.calls })
	return n
}

func (f *fault) hit(ctx context.Context) error {
	f.mu.Lock()
	f.calls++
	err, p, gate := f.err, f.panic, f.gate
	f.mu.Unlock()
	if p != nil {
		panic(p)
	}
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// engine is an engine.Engine whose data is the set of projects that have keys.
type fakeEngine struct {
	supports, enable, update, disable, probe fault

	mu               sync.Mutex
	running          bool
	settings         engine.Settings
	keys             []kv.ProjectID
	sweep            fault
	newOnUpdate      bool // Update returns a new store
	mark             kv.Mark
	run              string // of the server
	flushes, unsaved int64  // as reported in its mark
	swap             fault
	stores           []*store
}

func (e *fakeEngine) Supports(engine.Settings) error { return e.supports.hit(context.Background()) }

func (e *fakeEngine) Enable(ctx context.Context, s engine.Settings) (kv.Store, error) {
	if err := e.enable.hit(ctx); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running, e.settings = true, s
	return e.open(), nil
}

func (e *fakeEngine) open() *store {
	st := &store{engine: e}
	e.stores = append(e.stores, st)
	return st
}

func (e *fakeEngine) Update(ctx context.Context, from, to engine.Settings) (kv.Store, error) {
	if err := e.update.hit(ctx); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.settings.MaxMemory != from.MaxMemory {
		return nil, errors.New("updated from settings that it does not run with")
	}
	e.settings = to
	if e.newOnUpdate {
		return e.open(), nil
	}
	return nil, nil
}

func (e *fakeEngine) Disable(ctx context.Context) error {
	if err := e.disable.hit(ctx); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, st := range e.stores {
		if !st.closed.Load() {
			return errors.New("disabled before its store was closed")
		}
	}
	e.running = false
	return nil
}

func (e *fakeEngine) Probe(ctx context.Context) (engine.Server, error) {
	return engine.Server{Version: "7.0", UsedMemory: 42}, e.probe.hit(ctx)
}

func (e *fakeEngine) isRunning() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.running
}

func (e *fakeEngine) openStores() (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, st := range e.stores {
		if !st.closed.Load() {
			n++
		}
	}
	return n
}

// put stores a key of the project.
func (e *fakeEngine) put(p kv.ProjectID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys = append(e.keys, p)
}

func (e *fakeEngine) has(p kv.ProjectID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Contains(e.keys, p)
}

// store is one open store of the engine; it has only what the lifecycle calls.
type store struct {
	kv.Store
	engine *fakeEngine
	closed atomic.Bool
}

func (st *store) ProjectIDs(context.Context) ([]kv.ProjectID, error) {
	st.engine.mu.Lock()
	defer st.engine.mu.Unlock()
	return slices.Clone(st.engine.keys), nil
}

func (st *store) DeleteProject(ctx context.Context, p kv.ProjectID) error {
	if err := st.engine.sweep.hit(ctx); err != nil {
		return err
	}
	st.engine.mu.Lock()
	defer st.engine.mu.Unlock()
	st.engine.keys = slices.DeleteFunc(st.engine.keys, func(id kv.ProjectID) bool { return id == p })
	return nil
}

func (st *store) Capabilities() kv.Capabilities { return kv.Capabilities{Claimer: st} }

func (st *store) Mark(context.Context) (kv.Mark, error) {
	st.engine.mu.Lock()
	defer st.engine.mu.Unlock()
	m := st.engine.mark
	m.Run, m.Flushes, m.Unsaved = st.engine.run, st.engine.flushes, st.engine.unsaved
	return m, nil
}

func (st *store) Claim(ctx context.Context, before, after kv.Mark) (kv.Mark, error) {
	if err := st.engine.swap.hit(ctx); err != nil {
		return kv.Mark{}, err
	}
	st.engine.mu.Lock()
	if m := st.engine.mark; m.Owner == before.Owner && m.Emptied == before.Emptied {
		st.engine.mark = kv.Mark{Owner: after.Owner, Emptied: after.Emptied}
	}
	st.engine.mu.Unlock()
	return st.Mark(ctx)
}

func (st *store) HoldsKeys(context.Context) (bool, error) {
	st.engine.mu.Lock()
	defer st.engine.mu.Unlock()
	return len(st.engine.keys) > 0, nil
}

func (st *store) Guard(string)            {}
func (st *store) Doubts() <-chan struct{} { return nil }

func (st *store) Close() error {
	st.closed.Store(true)
	return nil
}
