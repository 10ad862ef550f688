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

// fragile is an engine that a test can lose, whose update needs the store closed, and whose data can be removed.
type fragile struct {
	fakeEngine
	lost           chan error
	prepareDisable fault
	purged         bool
}

func (f *fragile) Watch(ctx context.Context) error {
	select {
	case err := <-f.lost:
		return err
	case <-ctx.Done():
		return nil
	}
}

func (f *fragile) Prepare(context.Context, engine.Settings, engine.Settings) (bool, error) {
	return true, nil
}

func (f *fragile) PrepareDisable(ctx context.Context) error { return f.prepareDisable.hit(ctx) }

func (f *fragile) Purge(context.Context) error {
	f.purged = true
	return nil
}

// watched runs the test with a service over a fragile engine, which is on.
func watched(t *testing.T, test func(t *testing.T, s *lifecycle.Service, f *fragile)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fragile{lost: make(chan error)}
		f.newOnUpdate = true
		s := lifecycle.New(newControl(), lifecycle.Config{
			Engines: map[engine.Name]engine.Driver{engine.Podman: {Engine: f, Preparer: f, Watcher: f, Purger: f}},
			Choose:  func(context.Context) engine.Name { return engine.Podman },
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		if _, err := s.Enable(t.Context(), engine.Change{}); err != nil {
			t.Fatal(err)
		}
		test(t, s, f)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestLostEngineIsBroughtBack(t *testing.T) {
	watched(t, func(t *testing.T, s *lifecycle.Service, f *fragile) {
		f.lost <- errors.New("the container is gone")
		advance(time.Second)
		if got := f.enable.count(); got != 2 {
			t.Errorf("enabled %d times, want 2", got)
		}
		status := s.Status(t.Context())
		if !status.Healthy || !strings.Contains(status.Message, "the container is gone; it was brought back at ") {
			t.Errorf("status %+v", status)
		}
		if got := f.openStores(); got != 1 {
			t.Errorf("%d stores are open, want 1", got)
		}
	})
}

func TestEngineThatIsLostAgainAndAgainIsBroughtBackMoreSlowly(t *testing.T) {
	watched(t, func(t *testing.T, s *lifecycle.Service, f *fragile) {
		ended := make(chan struct{})
		go func() {
			for {
				select {
				case f.lost <- errors.New("lost"):
				case <-ended:
					return
				}
			}
		}()
		advance(time.Minute)
		close(ended)
		if got := f.enable.count(); got < 10 || got > 30 {
			t.Errorf("enabled %d times in a minute, want 10 to 30", got)
		}
		synctest.Wait()
	})
}

func TestLostEngineThatDoesNotComeBackIsTriedAgain(t *testing.T) {
	watched(t, func(t *testing.T, s *lifecycle.Service, f *fragile) {
		f.enable.set(errFault)
		f.lost <- errors.New("the container is gone")
		advance(20 * time.Second)
		if status := s.Status(t.Context()); !strings.Contains(status.Message, "it is tried again") {
			t.Errorf("status %+v", status)
		}
		f.enable.set(nil)
		advance(10 * time.Second)
		if status := s.Status(t.Context()); !status.Healthy || strings.Contains(status.Message, "fault") {
			t.Errorf("status %+v", status)
		}
	})
}

func TestUpdateThatInterruptsAndFailsGoesBack(t *testing.T) {
	watched(t, func(t *testing.T, s *lifecycle.Service, f *fragile) {
		f.update.set(errFault)
		if _, err := s.Update(t.Context(), memory("1gb")); !errors.Is(err, errFault) {
			t.Errorf("Update: %v, want %v", err, errFault)
		}
		if status := s.Status(t.Context()); !status.Healthy || status.Settings.MaxMemory != "" {
			t.Errorf("after a failed update: %+v", status)
		}
		if got := f.openStores(); got != 1 {
			t.Errorf("%d stores are open, want 1", got)
		}
		f.update.set(nil)
		unblock := f.update.block()
		updated := call(func() error { _, err := s.Update(t.Context(), memory("1gb")); return err })
		synctest.Wait()
		if _, err := s.Acquire(); err != kv.ErrUnavailable {
			t.Errorf("Acquire during an update that interrupts: %v, want %v", err, kv.ErrUnavailable)
		}
		unblock()
		if err := <-updated; err != nil {
			t.Errorf("Update: %v", err)
		}
		f.lost <- errors.New("gone") // the watch goes on
		advance(time.Second)
		if status := s.Status(t.Context()); !status.Healthy || status.Settings.MaxMemory != "1gb" {
			t.Errorf("after an update and a loss: %+v", status)
		}
	})
}

func TestPurge(t *testing.T) {
	watched(t, func(t *testing.T, s *lifecycle.Service, f *fragile) {
		refused(t, s.Purge(t.Context()), kv.ErrConflict)
		if err := s.Disable(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Purge(t.Context()); err != nil || !f.purged {
			t.Fatalf("Purge: %v, purged: %t", err, f.purged)
		}
		if status := s.Status(t.Context()); status.Settings != engine.DefaultSettings() {
			t.Errorf("after Purge: %+v", status)
		}
		if err := s.Purge(t.Context()); !errors.Is(err, kv.ErrNotEnabled) {
			t.Errorf("Purge of nothing: %v, want %v", err, kv.ErrNotEnabled)
		}
	})
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		if err := r.Disable(t.Context()); err != nil {
			t.Fatal(err)
		}
		refused(t, r.Purge(t.Context()), kv.ErrNotSupported)
	})
}

func TestProgress(t *testing.T) {
	watched(t, func(t *testing.T, s *lifecycle.Service, f *fragile) {
		event, changed := s.Progress()
		if !event.Done || event.Action != "enable" || event.Error != "" {
			t.Errorf("after enable: %+v", event)
		}
		f.disable.set(errFault)
		_ = s.Disable(t.Context())
		<-changed
		if event, _ := s.Progress(); !event.Done || event.Action != "disable" || event.Error != "fault" {
			t.Errorf("after a disable that failed: %+v", event)
		}
	})
}
