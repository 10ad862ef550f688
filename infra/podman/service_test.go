// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// killServiceAt arranges that podman's service is killed at a step, or a moment after it began, when its call is under
// way. The returned function restarts the service, and returns the name of the step, empty if there was none.
func (w *world) killServiceAt(step int, later time.Duration) (back func() string) {
	name := ""
	killed := make(chan struct{})
	w.report = func(s engine.Step) {
		if step--; step != 0 {
			return
		}
		name = s.Name
		go func() {
			defer close(killed)
			<-time.After(later)
			w.Kill()
		}()
		if later == 0 {
			<-killed
		}
	}
	return func() string {
		w.report = nil
		if name != "" {
			<-killed
			w.Restart()
		}
		return name
	}
}

// moments are the times after the beginning of a step at which the service is killed.
var moments = []time.Duration{0, 40 * time.Millisecond}

// enableWithoutService has podman's service killed in an enable, and expects the next enable to succeed. It reports false
// if there is no such step.
func (w *world) enableWithoutService(step int, later time.Duration) bool {
	w.t.Helper()
	s := settings(w.HostImage())
	w.restart()
	back := w.killServiceAt(step, later)
	store, err := w.engine.Enable(w.ctx(), s)
	if err == nil {
		_ = store.Close()
	}
	name := back()
	if name == "" {
		return false
	}
	w.t.Logf("killed %v after: %s: %v", later, name, err)
	_ = w.enable(s).Close()
	w.expectOne()
	if err := w.engine.Purge(w.ctx()); err != nil {
		w.t.Fatal(err)
	}
	return true
}

// TestServiceKilledInEnable kills podman's service at every step of an enable, and restarts it.
func TestServiceKilledInEnable(t *testing.T) {
	w := newWorld(t)
	for _, later := range moments {
		for step := 1; w.enableWithoutService(step, later); step++ {
		}
	}
}

// TestServiceKilledWhileItCreates kills it at several moments of one call, which leave different halves of a container.
func TestServiceKilledWhileItCreates(t *testing.T) {
	w := newWorld(t)
	const createContainer = 6
	for later := 4 * time.Millisecond; later <= 40*time.Millisecond; later += 4 * time.Millisecond {
		if !w.enableWithoutService(createContainer, later) {
			t.Fatal("there are fewer steps")
		}
	}
}

// TestServiceKilledInUpdate kills podman's service at every step of an update, and restarts it: then the server of before
// serves again, with every key.
func TestServiceKilledInUpdate(t *testing.T) {
	w := newWorld(t)
	from, to := settings(w.DebianImage(podmantest.Redis70)), settings(w.DebianImage(podmantest.Redis80))
	store := w.enable(from)
	want := w.fill(store, 1000)
	for _, later := range moments {
		for step := 1; ; step++ {
			back := w.killServiceAt(step, later)
			next, _, err := w.update(store, from, to)
			name := back()
			if name == "" {
				store = next
				break
			}
			t.Logf("killed %v after: %s: %v", later, name, err)
			if next != nil {
				_ = next.Close()
			}
			store = w.enable(provisioned(from))
			if got := w.digest(store, 1000); got != want {
				t.Fatal("the keys are not what they were")
			}
			w.expectOne()
		}
		w.expectVersion("8.")
		_ = store.Close()
		store = w.enable(provisioned(from)) // the settings were never saved
		w.expectVersion("7.0")
	}
	if got := w.digest(store, 1000); got != want {
		t.Error("the keys are not what they were")
	}
}

func (w *world) expectVersion(begin string) {
	w.t.Helper()
	if server, err := w.engine.Probe(w.ctx()); err != nil || len(server.Version) < len(begin) || server.Version[:len(begin)] != begin {
		w.t.Errorf("version %q, %v, want %s", server.Version, err, begin)
	}
}
