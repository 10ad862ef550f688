// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
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

// engine is a kv.Engine whose data is the set of projects that have keys.
type engine struct {
	supports, enable, update, disable, probe fault

	mu               sync.Mutex
	running          bool
	settings         kv.Settings
	keys             []kv.ProjectID
	sweep            fault
	newOnUpdate      bool // Update returns a new store
	mark             kv.Mark
	run              string // of the server
	flushes, unsaved int64  // as its mark tells
	swap             fault
	stores           []*store
}

func (e *engine) Supports(kv.Settings) error { return e.supports.hit(context.Background()) }

func (e *engine) Enable(ctx context.Context, s kv.Settings) (kv.Store, error) {
	if err := e.enable.hit(ctx); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running, e.settings = true, s
	return e.open(), nil
}

func (e *engine) open() *store {
	st := &store{engine: e}
	e.stores = append(e.stores, st)
	return st
}

func (e *engine) Update(ctx context.Context, from, to kv.Settings) (kv.Store, error) {
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

func (e *engine) Disable(ctx context.Context) error {
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

func (e *engine) Probe(ctx context.Context) (kv.Server, error) {
	return kv.Server{Version: "7.0", UsedMemory: 42}, e.probe.hit(ctx)
}

func (e *engine) isRunning() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.running
}

func (e *engine) openStores() (n int) {
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
func (e *engine) put(p kv.ProjectID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys = append(e.keys, p)
}

func (e *engine) has(p kv.ProjectID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Contains(e.keys, p)
}

// store is one open store of the engine; only what the lifecycle calls is there.
type store struct {
	kv.Store
	engine *engine
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

func (st *store) Mark(context.Context) (kv.Mark, error) {
	st.engine.mu.Lock()
	defer st.engine.mu.Unlock()
	m := st.engine.mark
	m.Run, m.Flushes, m.Unsaved = st.engine.run, st.engine.flushes, st.engine.unsaved
	return m, nil
}

func (st *store) SwapMark(ctx context.Context, before, after kv.Mark) (kv.Mark, error) {
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

// control is a kv.State in memory.
type control struct {
	load, save fault

	mu         sync.Mutex
	settings   kv.Settings
	deletions  []kv.Deletion
	unverified []kv.ProjectID
	documents  map[string]string
	projects   []kv.Project
	changed    []chan struct{} // of the services that share it
}

func newControl() *control { return &control{settings: kv.DefaultSettings()} }

func (c *control) Settings(ctx context.Context) (kv.Settings, error) {
	if err := c.load.hit(ctx); err != nil {
		return kv.Settings{}, err
	}
	return c.stored(), nil
}

func (c *control) stored() kv.Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings
}

func (c *control) SaveSettings(ctx context.Context, s kv.Settings) error {
	if err := c.save.hit(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settings = s
	c.tell()
	return nil
}

// tell tells the services of a change. The lock is held.
func (c *control) tell() {
	for _, changed := range c.changed {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}

func (c *control) Document(_ context.Context, name string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.documents[name], nil
}

func (c *control) SwapDocument(_ context.Context, name, before, after string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.documents[name] != before {
		return false, nil
	}
	if c.documents == nil {
		c.documents = map[string]string{}
	}
	c.documents[name] = after
	c.tell()
	return true, nil
}

// share returns what tells a service of changes that another made.
func (c *control) share() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := make(chan struct{}, 1)
	c.changed = append(c.changed, changed)
	return changed
}

func (c *control) Deletions(context.Context) ([]kv.Deletion, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.deletions), nil
}

func (c *control) deleteProject(id kv.ProjectID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deletions = append(c.deletions, kv.Deletion{Project: id, At: time.Now()})
}

// dateDeletions makes all deletions be of that time.
func (c *control) dateDeletions(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.deletions {
		c.deletions[i].At = at
	}
}

func (c *control) Deleted(_ context.Context, id kv.ProjectID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deletions = slices.DeleteFunc(c.deletions, func(d kv.Deletion) bool { return d.Project == id })
	return nil
}

func (c *control) Unverified(context.Context) ([]kv.ProjectID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.unverified), nil
}

func (c *control) Verify(_ context.Context, ids []kv.ProjectID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unverified = slices.DeleteFunc(c.unverified, func(id kv.ProjectID) bool { return slices.Contains(ids, id) })
	return nil
}

// rig is one life of a service over an engine and control data that outlive it.
type rig struct {
	*lifecycle.Service
	engine  *engine
	control *control
	end     func() // ends Run, as the end of the process does, and waits
}

// serve starts a service. It is called in a bubble of synctest, where ends of time limits come at once.
func serve(t testing.TB, e *engine, c *control) rig {
	t.Helper()
	return serveWith(t, e, c, lifecycle.Config{})
}

// serveWith is serve with a configuration, but for its engines.
func serveWith(t testing.TB, e *engine, c *control, cfg lifecycle.Config) rig {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	if cfg.Engines == nil {
		cfg.Engines = map[kv.EngineName]kv.Engine{kv.Embedded: e, kv.External: e}
	}
	cfg.Choose = func(context.Context) kv.EngineName { return kv.Embedded }
	s := lifecycle.New(c, cfg)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	end := sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(end)
	return rig{Service: s, engine: e, control: c, end: end}
}

// inBubble runs the test with a service that was never enabled.
func inBubble(t *testing.T, test func(t *testing.T, r rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, serve(t, &engine{}, newControl()))
	})
}

// enabled turns the service on with the default settings.
func enabled(t *testing.T, r rig) {
	t.Helper()
	if _, err := r.Enable(t.Context(), kv.Change{}); err != nil {
		t.Fatalf("Enable: %v", err)
	}
}

// call runs f in the background and returns where its error comes.
func call(f func() error) <-chan error {
	result := make(chan error, 1)
	go func() { result <- f() }()
	return result
}

// advance lets the bubble's time go on by d, with all that happens in it.
func advance(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func refused(t *testing.T, err, kind error) string {
	t.Helper()
	r, ok := errors.AsType[*kv.Refusal](err)
	if !ok || !errors.Is(err, kind) {
		t.Fatalf("error %v, want a refusal of kind %v", err, kind)
	}
	return r.Detail
}
