// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// work is shared work that goes on until it is interrupted, or gate is closed.
func work(gate chan struct{}) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-gate:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestRunSharedKeepsOthersOut(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		gate := make(chan struct{})
		backup := call(func() error { return r.RunShared(t.Context(), lifecycle.Backup, work(gate)) })
		synctest.Wait()
		_, enable := r.Enable(t.Context(), engine.Change{})
		_, update := r.Update(t.Context(), memory("1gb"))
		for name, err := range map[string]error{
			"enable": enable, "update": update, "purge": r.Purge(t.Context()),
			"another": r.RunShared(t.Context(), lifecycle.Verify, func(context.Context) error { return nil }),
			"restore": restoreAll(r, t.Context(), func(context.Context, kv.Store) error { return nil }),
		} {
			if detail := refused(t, err, kv.ErrBusy); !strings.Contains(detail, "backup is under way") {
				t.Errorf("%s: %s", name, detail)
			}
		}
		if got := r.Status(t.Context()).Message; got != "backup is under way" {
			t.Errorf("status says %q", got)
		}
		close(gate)
		if err := <-backup; err != nil {
			t.Error(err)
		}
		if _, err := r.Update(t.Context(), memory("1gb")); err != nil {
			t.Errorf("update after it: %v", err)
		}
	})
}

func TestRunSharedGivesWay(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, r rig) error{
		"disable": func(t *testing.T, r rig) error { return r.Disable(t.Context()) },
		"the end": func(_ *testing.T, r rig) error { r.end(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r rig) {
				enabled(t, r)
				backup := call(func() error { return r.RunShared(t.Context(), lifecycle.Backup, work(nil)) })
				synctest.Wait()
				if err := end(t, r); err != nil {
					t.Error(err)
				}
				if detail := refused(t, <-backup, kv.ErrUnavailable); !strings.Contains(detail, "interrupted") {
					t.Errorf("got %s", detail)
				}
			})
		})
	}
}

func TestRestoreDoesNotGiveWay(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		gate := make(chan struct{})
		restore := call(func() error { return r.RunShared(t.Context(), lifecycle.Restore, work(gate)) })
		synctest.Wait()
		refused(t, r.Disable(t.Context()), kv.ErrBusy)
		close(gate)
		if err := <-restore; err != nil {
			t.Error(err)
		}
	})
}

func TestRunSharedGoesOnWithoutItsCaller(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		ctx, leave := context.WithCancel(t.Context())
		gate, done := make(chan struct{}), make(chan struct{})
		backup := call(func() error {
			return r.RunShared(ctx, lifecycle.Backup, func(ctx context.Context) error {
				defer close(done)
				return work(gate)(ctx)
			})
		})
		synctest.Wait()
		leave()
		refused(t, <-backup, kv.ErrOutcomeUnknown)
		close(gate)
		<-done
	})
}

func TestRunSharedPanics(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		err := r.RunShared(t.Context(), lifecycle.Backup, func(context.Context) error { panic("odd") })
		if err == nil || !strings.Contains(err.Error(), "odd") {
			t.Errorf("got %v", err)
		}
		enabled(t, r) // nothing is under way
	})
}

// restorer is an engine whose keys can be replaced.
type restorer struct {
	*fakeEngine
	stage, promote, discard fault
}

func (e *restorer) Stage(ctx context.Context, _ engine.Settings) (engine.Staging, error) {
	if err := e.stage.hit(ctx); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return &staging{e, e.open()}, nil
}

type staging struct {
	*restorer
	store *store
}

func (s *staging) Store() kv.Store { return s.store }

func (s *staging) Promote(ctx context.Context, _ bool) (kv.Store, error) {
	if s.openStores() != 1 {
		return nil, errors.New("promoted before the store in use was closed")
	}
	return s.store, s.promote.hit(ctx)
}

func (s *staging) Aside() string { return "" }

func (s *staging) Discard(ctx context.Context) error {
	return errors.Join(s.discard.hit(ctx), s.store.Close())
}

// restoreAll is RestoreAll for engines that keep nothing aside.
func restoreAll(r rig, ctx context.Context, fill func(context.Context, kv.Store) error) error {
	return r.RestoreAll(ctx, lifecycle.RestoreHooks{
		Fill: func(ctx context.Context, store kv.Store) (saved bool, err error) { return true, fill(ctx, store) },
		Switched: func(_ context.Context, aside string) error {
			if aside != "" {
				return errors.New("kept aside: " + aside)
			}
			return nil
		},
		Failed: func(context.Context, error) {},
	})
}

// inRestorer runs the test with a service that is on, whose engine is a restorer.
func inRestorer(t *testing.T, test func(t *testing.T, r rig, e *restorer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := &restorer{fakeEngine: &fakeEngine{}}
		r := serveWith(t, e.fakeEngine, newControl(), lifecycle.Config{Engines: map[engine.Name]engine.Driver{engine.Embedded: {Engine: e, Restorer: e}}})
		enabled(t, r)
		test(t, r, e)
	})
}

func TestRestorePromotesTheFilledStore(t *testing.T) {
	inRestorer(t, func(t *testing.T, r rig, e *restorer) {
		if !r.Restores() {
			t.Error("it does not restore")
		}
		var filled kv.Store
		err := restoreAll(r, t.Context(), func(_ context.Context, s kv.Store) error {
			filled = s
			lease, err := r.Acquire() // it serves meanwhile
			if err == nil {
				lease.Release()
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		lease, err := r.Acquire()
		if err != nil {
			t.Fatal(err)
		}
		defer lease.Release()
		if lease.Store != filled || e.openStores() != 1 || e.discard.count() != 0 {
			t.Errorf("in use is %v, filled was %v; %d stores are open", lease.Store, filled, e.openStores())
		}
	})
}

func TestRestoreThatFails(t *testing.T) {
	for name, tt := range map[string]struct {
		fail     func(e *restorer)
		fill     func() error
		discards int
	}{
		"no room":      {func(e *restorer) { e.stage.set(errFault) }, nil, 0},
		"filling":      {func(*restorer) {}, func() error { return errFault }, 1},
		"a panic":      {func(*restorer) {}, func() error { panic("odd") }, 1},
		"the exchange": {func(e *restorer) { e.promote.set(errFault) }, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inRestorer(t, func(t *testing.T, r rig, e *restorer) {
				tt.fail(e)
				err := restoreAll(r, t.Context(), func(context.Context, kv.Store) error {
					if tt.fill != nil {
						return tt.fill()
					}
					return nil
				})
				if err == nil || e.discard.count() != tt.discards {
					t.Errorf("%v, discarded %d times", err, e.discard.count())
				}
				advance(time.Minute)
				if s := r.Status(t.Context()); !s.Healthy || e.openStores() != 1 {
					t.Errorf("%d stores are open, and the status is %+v", e.openStores(), s)
				}
			})
		})
	}
}

func TestRestoreRefused(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		fill := func(context.Context, kv.Store) error { return errors.New("filled") }
		if err := restoreAll(r, t.Context(), fill); err != kv.ErrDisabled {
			t.Errorf("off: %v", err)
		}
		enabled(t, r)
		refused(t, restoreAll(r, t.Context(), fill), kv.ErrNotSupported)
		if r.Restores() {
			t.Error("the engine restores")
		}
	})
}

// TestRestoreOfAnEngineThatIsDown restores an engine that cannot come up with its data, and one that comes up after all.
func TestRestoreOfAnEngineThatIsDown(t *testing.T) {
	inRestorer(t, func(t *testing.T, r rig, e *restorer) {
		r.end()
		e.fakeEngine.enable.set(errFault)
		r = serveWith(t, e.fakeEngine, r.control, lifecycle.Config{Engines: map[engine.Name]engine.Driver{engine.Embedded: {Engine: e, Restorer: e}}})
		advance(time.Minute)
		if s := r.Status(t.Context()); s.Healthy {
			t.Fatalf("it came up: %+v", s)
		}
		err := restoreAll(r, t.Context(), func(context.Context, kv.Store) error {
			if _, err := r.Acquire(); err != kv.ErrUnavailable {
				t.Errorf("there is something to save: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if s := r.Status(t.Context()); !s.Healthy || e.openStores() != 1 {
			t.Errorf("%d stores are open, and the status is %+v", e.openStores(), s)
		}
	})
}

// TestRestoreInterruptsAStart restores while the engine tries to come up with its data, which may never end.
func TestRestoreInterruptsAStart(t *testing.T) {
	inRestorer(t, func(t *testing.T, r rig, e *restorer) {
		r.end()
		unblock := e.fakeEngine.enable.block()
		defer unblock()
		r = serveWith(t, e.fakeEngine, r.control, lifecycle.Config{Engines: map[engine.Name]engine.Driver{engine.Embedded: {Engine: e, Restorer: e}}})
		advance(time.Second)
		result := call(func() error {
			return restoreAll(r, t.Context(), func(context.Context, kv.Store) error { return nil })
		})
		synctest.Wait()
		e.fakeEngine.enable.set(errFault) // it does not come up in the restore either
		unblock()
		if err := <-result; err != nil {
			t.Fatal(err)
		}
		if s := r.Status(t.Context()); !s.Healthy {
			t.Errorf("the status is %+v", s)
		}
	})
}
