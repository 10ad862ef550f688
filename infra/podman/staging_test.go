// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// staging returns a staging that holds other keys than fill stores, and their digest.
func (w *world) stage(s engine.Settings) (sc engine.Staging, digest string) {
	w.t.Helper()
	sc, err := w.engine.Stage(w.ctx(), s)
	if err != nil {
		w.t.Fatalf("Staging: %v", err)
	}
	if ids, err := sc.Store().ProjectIDs(w.ctx()); err != nil || len(ids) > 0 {
		w.t.Errorf("a staging holds projects %v, %v", ids, err)
	}
	if err := fillOther(w.ctx(), sc.Store()); err != nil {
		w.t.Fatal(err)
	}
	return sc, w.digest(sc.Store(), 1000)
}

// watched watches the engine until the returned function is called, which fails the test if the watch found something.
func (w *world) watched() (stop func()) {
	ctx, cancel := context.WithCancel(w.ctx())
	done := make(chan error, 1)
	go func() { done <- w.engine.Watch(ctx) }()
	return func() {
		w.t.Helper()
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Watch: %v", err)
		}
	}
}

// bringBack discards a staging and enables the engine, as after a Promote that failed.
func (w *world) bringBack(sc engine.Staging, s engine.Settings) kv.Store {
	w.t.Helper()
	if err := sc.Discard(w.ctx()); err != nil {
		w.t.Errorf("Discard: %v", err)
	}
	store := w.enable(provisioned(s))
	w.expectOne()
	return store
}

// TestStagingTakes replaces the server in use by another, with persistence and without.
func TestStagingTakes(t *testing.T) {
	for _, persistence := range []bool{true, false} {
		t.Run(fmt.Sprintf("persistence %t", persistence), func(t *testing.T) { newWorld(t).testPromote(t, persistence) })
	}
}

func (w *world) testPromote(t *testing.T, persistence bool) {
	s := settings(w.HostImage())
	s.Persistence, s.MaxMemory = persistence, "8mb"
	store := w.enable(s)
	old := w.fill(store, 1000)
	stop := w.watched()
	sc, want := w.stage(provisioned(s))
	if running := strings.Fields(w.Podman("ps", "-q")); len(running) != 2 {
		t.Errorf("%d containers run at the same time, want 2", len(running))
	}
	if got := w.digest(store, 1000); got != old {
		t.Error("the keys in use are not what they were")
	}
	stop()
	_ = store.Close()
	start := time.Now()
	store, err := sc.Promote(w.ctx(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("taken in %v", time.Since(start).Round(time.Microsecond))
	t.Cleanup(func() { _ = store.Close() })
	w.confirm()
	w.expectOne()
	w.expectPromoted(store, want)
	if err := sc.Discard(w.ctx()); err != nil {
		t.Errorf("Discard after Promote: %v", err)
	}
	_ = store.Close()
	w.restart()
	w.expectPromoted(w.enable(provisioned(s)), want)
	w.expectOne()
}

// expectPromoted checks that the store and the probe are those of the server that was filled, with its limits.
func (w *world) expectPromoted(store kv.Store, want string) {
	w.t.Helper()
	if got := w.digest(store, 1000); got != want {
		w.t.Error("the keys are not those of the staging")
	}
	server, err := w.engine.Probe(w.ctx())
	if err != nil || server.Version == "" || server.Image != w.HostImage() {
		w.t.Errorf("Probe = %+v, %v", server, err)
	}
	big := kv.Value(`"` + string(filled(12<<20)) + `"`)
	_, first := store.Set(w.ctx(), 1, "big", big, kv.SetOptions{})
	_, second := store.Set(w.ctx(), 1, "bigger", kv.Value("1"), kv.SetOptions{})
	if err := errors.Join(first, second); !errors.Is(err, kv.ErrOutOfMemory) {
		w.t.Errorf("12 MiB into 8: %v, want %v", err, kv.ErrOutOfMemory)
	}
	if _, err := store.Del(w.ctx(), 1, []kv.Key{"big", "bigger"}); err != nil {
		w.t.Error(err)
	}
}

// TestStagingDropped checks that the server in use is not affected.
func TestStagingDropped(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 1000)
	stop := w.watched()
	sc, _ := w.stage(provisioned(s))
	if err := sc.Discard(w.ctx()); err != nil {
		t.Fatal(err)
	}
	stop()
	w.expectOne()
	if got := w.digest(store, 1000); got != want {
		t.Error("the keys are not what they were")
	}
}

// TestStagingRestarted checks that a server that podman restarted is refused: without persistence it is empty.
func TestStagingRestarted(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	s.Persistence = false
	store := w.enable(s)
	want := w.fill(store, 1000)
	serving := w.Podman("ps", "-q")
	sc, _ := w.stage(provisioned(s))
	var other string
	for id := range strings.FieldsSeq(w.Podman("ps", "-q")) {
		if id != serving {
			other = id
		}
	}
	w.signal(other, syscall.SIGKILL)
	eventually(t, "the staging server is restarted", func() error {
		_, err := sc.Store().Exists(w.ctx(), 1, []kv.Key{"key:0"})
		return err
	})
	_ = store.Close()
	_, err := sc.Promote(w.ctx(), false)
	expectRefusal(t, err, kv.ErrUnavailable, "restarted")
	if got := w.digest(w.bringBack(sc, s), 1000); got != want {
		t.Error("the keys are not what they were")
	}
}

// TestPromoteThatCannotBeSaved checks that the server in use is not affected, even if its keys are only in memory.
func TestPromoteThatCannotBeSaved(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	s.Persistence = false
	store := w.enable(s)
	want := w.fill(store, 1000)
	sc, _ := w.stage(provisioned(s))
	_ = store.Close()
	if err := os.Rename(w.dir, w.dir+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := sc.Promote(w.ctx(), false); err == nil {
		t.Error("it was taken without a record of that")
	}
	if err := os.Rename(w.dir+".away", w.dir); err != nil {
		t.Fatal(err)
	}
	if got := w.digest(w.bringBack(sc, s), 1000); got != want {
		t.Error("the keys are not what they were")
	}
}

// TestStagingOnAFullDisk checks that it is reported when the new server cannot write, and that the old one goes on.
func TestStagingOnAFullDisk(t *testing.T) {
	w := newWorld(t)
	w.SmallDisk("32m")
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 1000)
	sc, _ := w.stage(provisioned(s))
	empty := w.FillDisk()
	value := kv.Value(`"` + strings.Repeat("x", 64<<10) + `"`)
	eventually(t, "a write to the staging on a full disk", func() error {
		if _, err := sc.Store().Set(w.ctx(), 1, "large", value, kv.SetOptions{}); !errors.Is(err, kv.ErrStorageFull) {
			return fmt.Errorf("ended in %v, want %v", err, kv.ErrStorageFull)
		}
		return nil
	})
	_ = store.Close()
	_, err := sc.Promote(w.ctx(), false)
	expectRefusal(t, err, kv.ErrStorageFull, "cannot write its data")
	empty()
	if got := w.digest(w.bringBack(sc, s), 1000); got != want {
		t.Error("the keys are not what they were")
	}
}

// TestStagingAfterAnUpdate removes what the update replaced, which has not been confirmed yet.
func TestStagingAfterAnUpdate(t *testing.T) {
	w := newWorld(t)
	from, to := settings(w.DebianImage(podmantest.Redis70)), settings(w.DebianImage(podmantest.Redis80))
	store := w.enable(from)
	w.fill(store, 1000)
	store, _, err := w.update(store, from, to)
	if err != nil {
		t.Fatal(err)
	}
	sc, want := w.stage(provisioned(to))
	if volumes := strings.Fields(w.Podman("volume", "ls", "-q")); len(volumes) != 2 {
		t.Errorf("volumes %q, want those of the update and of the staging", volumes)
	}
	_ = store.Close()
	store, err = sc.Promote(w.ctx(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w.confirm()
	w.expectOne()
	if got := w.digest(store, 1000); got != want {
		t.Error("the keys are not those of the staging")
	}
}

// TestRestoreKilledAtAnyStep checks that the old keys are served up to the switch, and the new ones after it.
func TestRestoreKilledAtAnyStep(t *testing.T) {
	for _, persistence := range []bool{true, false} {
		t.Run(fmt.Sprintf("persistence %t", persistence), func(t *testing.T) { newWorld(t).testRestoreKilled(t, persistence) })
	}
}

func (w *world) testRestoreKilled(t *testing.T, persistence bool) {
	s := settings(w.HostImage())
	s.Persistence = persistence
	store := w.enable(s)
	if err := fillOther(w.ctx(), store); err != nil {
		t.Fatal(err)
	}
	restored := w.digest(store, 1000)
	old := w.fill(store, 1000)
	s.Provisioned = true
	for step := 1; ; step++ {
		_ = store.Close()
		name := w.kill(victim{From: s, Restore: true, Step: step})
		w.restart()
		store = w.enable(s)
		w.expectOne()
		want := old
		if name == "" { // the last victim ended by itself, after the switch
			want = restored
		}
		if got := w.digest(store, 1000); got != want {
			t.Fatalf("killed before %q: the keys are not what they should be", name)
		}
		if name == "" {
			if step < 10 {
				t.Errorf("only %d steps", step-1)
			}
			return
		}
		t.Logf("killed before: %s", name)
	}
}
