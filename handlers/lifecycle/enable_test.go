// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

func memory(m engine.Memory) engine.Change       { return engine.Change{MaxMemory: &m} }
func engineNamed(name engine.Name) engine.Change { return engine.Change{Engine: &name} }

func TestFirstEnable(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		synctest.Wait()
		if _, err := r.Acquire(); err != kv.ErrDisabled {
			t.Errorf("Acquire before: %v", err)
		}
		status, err := r.Enable(t.Context(), memory("256mb"))
		if err != nil {
			t.Fatal(err)
		}
		want := engine.DefaultSettings()
		want.Enabled, want.Provisioned, want.Engine, want.MaxMemory = true, true, engine.Embedded, "256mb"
		wantStatus := engine.Status{Settings: want, Server: engine.Server{Version: "7.0", UsedMemory: 42}, Healthy: true}
		if diff := cmp.Diff(wantStatus, status); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, r.control.stored()); diff != "" {
			t.Error("stored:", diff)
		}
		lease, err := r.Acquire()
		if err != nil {
			t.Fatal(err)
		}
		lease.Release()
	})
}

// TestVersion enables with a version of Redis, whose image is stored.
func TestVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := serveWith(t, &fakeEngine{}, newControl(), lifecycle.Config{ImageOf: func(version string) string { return "redis:" + version }})
		unblock := r.engine.enable.block()
		first := call(func() error { _, err := r.Enable(t.Context(), engine.Change{Version: new("8")}); return err })
		synctest.Wait()
		same := call(func() error { _, err := r.Enable(t.Context(), engine.Change{DockerImage: new("redis:8")}); return err })
		_, err := r.Enable(t.Context(), engine.Change{Version: new("7")})
		refused(t, err, kv.ErrBusy)
		synctest.Wait()
		unblock()
		if err := errors.Join(<-first, <-same); err != nil {
			t.Fatal(err)
		}
		if got := r.control.stored().DockerImage; got != "redis:8" || r.engine.enable.count() != 1 {
			t.Errorf("stored %q after %d enables of the engine", got, r.engine.enable.count())
		}
		_, err = r.Enable(t.Context(), engine.Change{Version: new("7")})
		refused(t, err, kv.ErrAlreadyEnabled)
	})
}

func TestEnableAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		if _, err := r.Enable(t.Context(), memory("1gb")); err != nil {
			t.Fatal(err)
		}
		for _, c := range []engine.Change{{}, memory("1gb"), engineNamed(engine.Embedded)} {
			if status, err := r.Enable(t.Context(), c); err != nil || !status.Healthy {
				t.Errorf("the same settings: %v %v", status, err)
			}
		}
		_, err := r.Enable(t.Context(), memory("2gb"))
		if detail := refused(t, err, kv.ErrAlreadyEnabled); !strings.Contains(detail, "update") {
			t.Errorf("%q does not name update", detail)
		}
		if got := r.engine.enable.count(); got != 1 {
			t.Errorf("%d enables of the engine, want 1", got)
		}
	})
}

func TestTheFirstEnableFixesTheEngine(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		r.engine.enable.set(kv.ErrUnavailable)
		if _, err := r.Enable(t.Context(), engineNamed(engine.Embedded)); !errors.Is(err, kv.ErrUnavailable) {
			t.Fatal(err)
		}
		r.engine.enable.set(nil)
		if _, err := r.Enable(t.Context(), engineNamed(engine.External)); err != nil {
			t.Fatalf("another engine after a first that failed: %v", err)
		}
		if err := r.Disable(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 2 { // off and on
			_, err := r.Enable(t.Context(), engineNamed(engine.Embedded))
			if detail := refused(t, err, kv.ErrConflict); !strings.Contains(detail, "external") {
				t.Errorf("%q does not say which engine it is", detail)
			}
			enabled(t, r)
		}
	})
}

func TestEnableRefusesWhatNoEngineSupports(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		_, err := r.Enable(t.Context(), engineNamed(engine.Podman))
		refused(t, err, kv.ErrNotSupported)
		r.engine.supports.set(kv.Refuse(kv.ErrNotSupported, "no eviction"))
		_, err = r.Enable(t.Context(), engine.Change{})
		refused(t, err, kv.ErrNotSupported)
		if got := r.engine.enable.count(); got != 0 {
			t.Errorf("the engine was touched %d times", got)
		}
		if message := r.Status(t.Context()).Message; message != "" {
			t.Errorf("a refusal became a trouble of the service: %q", message)
		}
	})
}

func TestEnableJoinsTheSameAndRefusesAnother(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		unblock := r.engine.enable.block()
		first := call(func() error { _, err := r.Enable(t.Context(), memory("1gb")); return err })
		synctest.Wait()
		second := call(func() error { _, err := r.Enable(t.Context(), memory("1gb")); return err })
		synctest.Wait()
		if got := r.Status(t.Context()).Message; got != "enable is under way" {
			t.Errorf("message %q", got)
		}
		_, err := r.Enable(t.Context(), memory("2gb"))
		if detail := refused(t, err, kv.ErrBusy); !strings.Contains(detail, "enable is under way") {
			t.Errorf("%q does not say what is under way", detail)
		}
		_, err = r.Update(t.Context(), memory("2gb"))
		refused(t, err, kv.ErrBusy)
		refused(t, r.Disable(t.Context()), kv.ErrBusy)
		unblock()
		if err := errors.Join(<-first, <-second); err != nil {
			t.Error(err)
		}
		if got := r.engine.enable.count(); got != 1 {
			t.Errorf("%d enables of the engine, want 1", got)
		}
	})
}

// Calls during the read of the settings wait for it.
func TestEnableBeforeTheSettingsAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newControl()
		unblock := c.load.block()
		r := serve(t, &fakeEngine{}, c)
		synctest.Wait()
		result := call(func() error { _, err := r.Enable(t.Context(), engine.Change{}); return err })
		synctest.Wait()
		unblock()
		if err := <-result; err != nil || !r.Status(t.Context()).Healthy {
			t.Errorf("got %v, status %+v", err, r.Status(t.Context()))
		}
	})
}

func TestEnableGoesOnWithoutItsCaller(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		unblock := r.engine.enable.block()
		ctx, leave := context.WithCancel(t.Context())
		first := call(func() error { _, err := r.Enable(ctx, engine.Change{}); return err })
		synctest.Wait()
		leave()
		refused(t, <-first, kv.ErrOutcomeUnknown)
		unblock()
		synctest.Wait()
		if status := r.Status(t.Context()); !status.Healthy || !r.control.stored().Enabled {
			t.Errorf("the enable did not go on: %+v", status)
		}
	})
}

// An engine that hangs does not block the service for ever.
func TestEnableHasADeadline(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		defer r.engine.enable.block()()
		if _, err := r.Enable(t.Context(), engine.Change{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestFailedEnableLeavesEverythingAsItWas(t *testing.T) {
	for name, fail := range map[string]func(r rig) (repair func()){
		"engine": func(r rig) func() {
			r.engine.enable.set(errFault)
			return func() { r.engine.enable.set(nil) }
		},
		"panic": func(r rig) func() {
			r.engine.enable.with(func() { r.engine.enable.panic = "fault" })
			return func() { r.engine.enable.with(func() { r.engine.enable.panic = nil }) }
		},
		"save": func(r rig) func() {
			r.control.save.set(errFault)
			return func() { r.control.save.set(nil) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r rig) {
				repair := fail(r)
				if _, err := r.Enable(t.Context(), memory("1gb")); err == nil || !strings.Contains(err.Error(), "fault") {
					t.Fatalf("got %v", err)
				}
				if diff := cmp.Diff(engine.DefaultSettings(), r.control.stored()); diff != "" {
					t.Error(diff)
				}
				if r.engine.isRunning() || r.engine.openStores() != 0 {
					t.Error("the engine was left running")
				}
				if _, err := r.Acquire(); err != kv.ErrDisabled {
					t.Errorf("Acquire: %v", err)
				}
				if got := r.Status(t.Context()).Message; !strings.Contains(got, "enable failed: ") {
					t.Errorf("message %q", got)
				}
				repair()
				advance(time.Hour)
				if r.engine.isRunning() {
					t.Error("it was tried again without a request")
				}
				enabled(t, r)
				if got := r.Status(t.Context()).Message; got != "" {
					t.Errorf("message %q after it was repaired", got)
				}
			})
		})
	}
}

func TestUpdate(t *testing.T) {
	for name, newOnUpdate := range map[string]bool{"same store": false, "new store": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r rig) {
				r.engine.newOnUpdate = newOnUpdate
				if _, err := r.Update(t.Context(), memory("1gb")); !errors.Is(err, kv.ErrNotEnabled) {
					t.Errorf("while off: %v", err)
				}
				enabled(t, r)
				status, err := r.Update(t.Context(), memory("1gb"))
				if err != nil || status.Settings.MaxMemory != "1gb" || r.control.stored().MaxMemory != "1gb" {
					t.Errorf("got %+v, %v; stored %+v", status, err, r.control.stored())
				}
				if _, err := r.Update(t.Context(), memory("1gb")); err != nil {
					t.Errorf("the same again: %v", err)
				}
				if calls, open := r.engine.update.count(), r.engine.openStores(); calls != 1 || open != 1 {
					t.Errorf("%d updates of the engine, %d open stores; want 1 and 1", calls, open)
				}
				_, err = r.Update(t.Context(), engineNamed(engine.External))
				refused(t, err, kv.ErrConflict)
			})
		})
	}
}

func TestFailedUpdate(t *testing.T) {
	for name, fail := range map[string]func(r rig){
		"engine":             func(r rig) { r.engine.update.set(errFault) },
		"save":               func(r rig) { r.control.save.set(errFault) },
		"save, with a store": func(r rig) { r.engine.newOnUpdate = true; r.control.save.set(errFault) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r rig) {
				enabled(t, r)
				before := r.control.stored()
				fail(r)
				if _, err := r.Update(t.Context(), memory("1gb")); !errors.Is(err, errFault) {
					t.Errorf("got %v", err)
				}
				status := r.Status(t.Context())
				if diff := cmp.Diff(before, status.Settings); diff != "" || !status.Healthy {
					t.Errorf("the service does not run as before: %+v\n%s", status, diff)
				}
				if got := r.engine.settings.MaxMemory; got != "" {
					t.Errorf("the engine runs with %q", got)
				}
				lease, err := r.Acquire()
				if err != nil || lease.Store.(*store).closed.Load() || r.engine.openStores() != 1 {
					t.Fatalf("the store is not open: %v, %d open stores", err, r.engine.openStores())
				}
				lease.Release()
			})
		})
	}
}
