// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

func TestDisableWaitsForLeases(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		lease, err := r.Acquire()
		if err != nil {
			t.Fatal(err)
		}
		result := call(func() error { return r.Disable(t.Context()) })
		advance(10 * time.Second)
		if lease.Store.(*store).closed.Load() || !r.engine.isRunning() {
			t.Error("closed under a lease")
		}
		if _, err := r.Acquire(); err != kv.ErrDisabled {
			t.Errorf("Acquire during disable: %v", err)
		}
		lease.Release()
		if err := <-result; err != nil {
			t.Fatal(err)
		}
		if r.engine.isRunning() || r.control.stored().Enabled {
			t.Error("not off")
		}
		if err := r.Disable(t.Context()); !errors.Is(err, kv.ErrNotEnabled) {
			t.Errorf("a second time: %v", err)
		}
	})
}

// A lease that is never given back delays the end, and does not prevent it.
func TestEndWithALeaseThatIsNotGivenBack(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		if _, err := r.Acquire(); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		r.end()
		if took := time.Since(start); took != 30*time.Second || r.engine.openStores() != 0 {
			t.Errorf("ended after %v with %d open stores", took, r.engine.openStores())
		}
	})
}

func TestDisableGoesOnAfterAFailureHalfWay(t *testing.T) {
	for name, place := range map[string]func(r rig) *fault{
		"engine": func(r rig) *fault { return &r.engine.disable },
		"save":   func(r rig) *fault { return &r.control.save },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r rig) {
				enabled(t, r)
				place(r).set(errFault)
				if err := r.Disable(t.Context()); !errors.Is(err, errFault) {
					t.Fatalf("got %v", err)
				}
				advance(time.Hour)
				if got := r.engine.enable.count(); got != 1 {
					t.Error("it was started again after a disable that failed half way")
				}
				if _, err := r.Acquire(); err != kv.ErrDisabled {
					t.Errorf("Acquire half way: %v", err)
				}
				place(r).set(nil)
				if err := r.Disable(t.Context()); err != nil {
					t.Fatal(err)
				}
				enabled(t, r)
			})
		})
	}
}

func TestDisableThatIsRefusedBeforehandLeavesTheServiceOn(t *testing.T) {
	watched(t, func(t *testing.T, s *lifecycle.Service, f *fragile) {
		f.prepareDisable.set(kv.ErrStorageFull)
		if err := s.Disable(t.Context()); !errors.Is(err, kv.ErrStorageFull) {
			t.Errorf("got %v, want %v", err, kv.ErrStorageFull)
		}
		if got := f.disable.count(); got != 0 || f.openStores() != 1 {
			t.Errorf("after that the engine was disabled %d times, and %d stores are open", got, f.openStores())
		}
		lease, err := s.Acquire()
		if err != nil {
			t.Fatalf("Acquire after that: %v", err)
		}
		lease.Release()
		f.prepareDisable.set(nil)
		if err := s.Disable(t.Context()); err != nil {
			t.Errorf("once it is not refused: %v", err)
		}
	})
}

func TestEnableAfterADisableHalfWay(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		r.engine.disable.set(errFault)
		if err := r.Disable(t.Context()); !errors.Is(err, errFault) {
			t.Fatalf("got %v", err)
		}
		enabled(t, r)
		if status := r.Status(t.Context()); !status.Healthy || status.Message != "" {
			t.Errorf("status %+v", status)
		}
	})
}

// A caller that gets a lease gets a store that is open, and stays open until Release.
func TestAcquireNeverYieldsAClosedStore(t *testing.T) {
	r := serve(t, &fakeEngine{newOnUpdate: true}, newControl())
	enabled(t, r)
	ctx, stop := context.WithCancel(t.Context())
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() {
			for ctx.Err() == nil {
				lease, err := r.Acquire()
				if err != nil {
					continue
				}
				for range 10 {
					if lease.Store.(*store).closed.Load() {
						t.Error("a leased store is closed")
					}
				}
				lease.Release()
			}
		})
	}
	for i := range 200 {
		if i%2 == 0 {
			if _, err := r.Update(t.Context(), memory(engine.Memory([]string{"1gb", "2gb"}[i/2%2]))); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := r.Disable(t.Context()); err != nil {
			t.Fatal(err)
		}
		enabled(t, r)
	}
	stop()
	users.Wait()
	r.end()
	if got := r.engine.openStores(); got != 0 {
		t.Errorf("%d stores were left open", got)
	}
}

func TestAcquireDoesNotAllocate(t *testing.T) {
	r := serve(t, &fakeEngine{}, newControl())
	enabled(t, r)
	if got := testing.AllocsPerRun(100, func() {
		if lease, err := r.Acquire(); err == nil {
			lease.Release()
		}
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkAcquire(b *testing.B) {
	r := serve(b, &fakeEngine{}, newControl())
	if _, err := r.Enable(b.Context(), engine.Change{}); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if lease, err := r.Acquire(); err == nil {
				lease.Release()
			}
		}
	})
}
