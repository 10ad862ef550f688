// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// TestFailingUpdateGoesBack has the new server end before it was confirmed: then the old one serves again, with every
// key, including those of the last moment.
func TestFailingUpdateGoesBack(t *testing.T) { newWorld(t).testRollback(t, manyKeys) }

func (w *world) testRollback(t *testing.T, keys int) {
	from, to := settings(w.DebianImage(podmantest.Redis70)), settings(w.DebianImage(podmantest.Redis80))
	store := w.enable(from)
	want := w.fill(store, keys)
	counting := 0
	w.report = func(s engine.Step) {
		if s.Name == "count the keys" {
			counting++
			w.Podman("kill", w.Podman("ps", "-q"))
		}
	}
	if _, _, err := w.update(store, from, to); err == nil || counting == 0 {
		t.Fatalf("the update went through (%v), %d servers were killed", err, counting)
	}
	w.report = nil
	store = w.enable(provisioned(from))
	if got := w.digest(store, keys); got != want {
		t.Error("the keys are not what they were")
	}
	w.expectOne()
}

// TestLostContainer loses the container in every way that there is, and measures how long nothing is served.
func TestLostContainer(t *testing.T) { newWorld(t).testLost(t) }

// testLost tests all ways, or only the named ones.
func (w *world) testLost(t *testing.T, only ...string) {
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 1000)
	s.Provisioned = true
	for _, tt := range []struct {
		name string
		do   func(id string)
		says string
	}{
		{"killed", func(id string) { w.Podman("kill", id) }, "exit code 137"},
		{"stopped", func(id string) { w.Podman("stop", "-t", "1", id) }, "exit code 0"},
		{"removed", func(id string) { w.Podman("rm", "-f", "-t", "0", id) }, "gone|stopping|exit code 137"}, // it is killed first
		{"paused", func(id string) { w.Podman("pause", id) }, "paused"},
		{"process killed", func(id string) { w.signal(id, syscall.SIGKILL) }, ""},
		{"process hangs", func(id string) { w.signal(id, syscall.SIGSTOP) }, "has not answered"},
		{"stuck in stopping", w.stickInStopping, "stopping"},
	} {
		if len(only) > 0 && !slices.Contains(only, tt.name) {
			continue
		}
		t.Run(tt.name, func(*testing.T) {
			watched := make(chan error, 1)
			go func() { watched <- w.engine.Watch(w.ctx()) }()
			<-time.After(700 * time.Millisecond) // the watch has seen it running
			tt.do(w.Podman("ps", "-q"))
			start := time.Now()
			var err error
			select {
			case err = <-watched:
			case <-time.After(3 * time.Minute):
				t.Fatal("the watch sees nothing")
			}
			if err == nil || !regexp.MustCompile(tt.says).MatchString(err.Error()) {
				t.Errorf("Watch = %v, want one that says %q", err, tt.says)
			}
			_ = store.Close()
			store = w.enable(s)
			t.Logf("%v: served again %v after", err, time.Since(start).Round(time.Millisecond))
			if got := w.digest(store, 1000); got != want {
				t.Error("the keys are not what they were")
			}
			w.expectOne()
		})
	}
}

// signal sends a signal to the server of a container.
func (w *world) signal(id string, sig syscall.Signal) {
	w.t.Helper()
	pid, err := strconv.Atoi(w.Podman("inspect", "--format", "{{.State.Pid}}", id))
	if err != nil {
		w.t.Fatal(err)
	}
	w.Signal(pid, sig)
}

// stickInStopping has podman stop a server that ignores the signal, and kills podman's service meanwhile.
func (w *world) stickInStopping(id string) {
	w.t.Helper()
	w.signal(id, syscall.SIGSTOP)
	stop := exec.Command("podman", "--remote", "--url", w.URI, "stop", "-t", "600", id)
	if err := stop.Start(); err != nil {
		w.t.Fatal(err)
	}
	eventually(w.t, "a container that is stopping", func() error {
		if state := w.Podman("inspect", "--format", "{{.State.Status}}", id); state != "stopping" {
			return errors.New("it is " + state)
		}
		return nil
	})
	w.Kill()
	_ = stop.Wait()
	w.Restart()
}

// TestServiceOfPodmanKilled checks that the engine works without podman as long as the container runs, and finds podman
// again.
func TestServiceOfPodmanKilled(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 100)
	w.Kill()
	if got := w.digest(store, 100); got != want {
		t.Error("without podman the keys are not served")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := w.engine.Watch(ctx); err != nil {
		t.Errorf("Watch without podman's service: %v", err)
	}
	err := w.engine.Disable(w.ctx())
	if !errors.Is(err, kv.ErrUnavailable) || !strings.Contains(err.Error(), "systemctl") {
		t.Errorf("Disable without podman's service: %v", err)
	}
	w.Restart()
	s.Provisioned = true
	if got := w.digest(w.enable(s), 100); got != want {
		t.Error("the keys are not what they were")
	}
	w.expectOne()
}

// TestGoneVolume checks that the engine refuses to start empty where there were data.
func TestGoneVolume(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	_ = w.enable(s).Close()
	w.Podman("rm", "-af", "-t", "0")
	w.Podman("volume", "rm", w.Podman("volume", "ls", "-q"))
	if _, err := w.engine.Enable(w.ctx(), provisioned(s)); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("Enable without the volume: %v, want %v", err, kv.ErrUnavailable)
	}
}

// TestLostPasswords checks that the data are found without the file that holds the passwords.
func TestLostPasswords(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 100)
	_ = store.Close()
	if err := os.Remove(w.dir + "/podman.json"); err != nil {
		t.Fatal(err)
	}
	w.restart()
	if got := w.digest(w.enable(provisioned(s)), 100); got != want {
		t.Error("the keys are not what they were")
	}
	w.expectOne()
}

// TestPortTaken occupies the port of a stopped container.
func TestPortTaken(t *testing.T) {
	w := newWorld(t)
	w.uri = w.Remote() // where servers have ports
	w.restart()
	s := settings(w.HostImage())
	_ = w.enable(s).Close()
	port := w.Podman("port", w.Podman("ps", "-q"), "6379")
	if err := w.engine.Disable(w.ctx()); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", port)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_ = w.enable(provisioned(s)).Close()
	w.expectOne()
}

// TestChangedWhileOff enables with other settings than it was disabled with.
func TestChangedWhileOff(t *testing.T) {
	w := newWorld(t)
	from, to := settings(w.DebianImage(podmantest.Redis70)), settings(w.DebianImage(podmantest.Valkey81))
	store := w.enable(from)
	want := w.fill(store, 1000)
	_ = store.Close()
	if err := w.engine.Disable(w.ctx()); err != nil {
		t.Fatal(err)
	}
	store = w.enable(provisioned(to))
	if got := w.digest(store, 1000); got != want {
		t.Error("the keys are not what they were")
	}
	w.confirm()
	w.expectOne()
}

// TestPersistence turns persistence on and off, which keeps the keys, and checks that a restart loses them while it is
// off.
func TestPersistence(t *testing.T) {
	w := newWorld(t)
	on := settings(w.HostImage())
	off := on
	off.Persistence = false
	store := w.enable(on)
	want := w.fill(store, 1000)
	for _, change := range [][2]engine.Settings{{on, off}, {off, on}, {on, off}} {
		next, _, err := w.update(store, change[0], change[1])
		if err != nil {
			t.Fatal(err)
		}
		store = next
		w.confirm()
		if got := w.digest(store, 1000); got != want {
			t.Fatalf("persistence %t: the keys are not what they were", change[1].Persistence)
		}
	}
	_ = store.Close()
	if err := w.engine.Disable(w.ctx()); err != nil {
		t.Fatal(err)
	}
	if ids, err := w.enable(provisioned(off)).ProjectIDs(w.ctx()); err != nil || len(ids) > 0 {
		t.Errorf("without persistence, after disable and enable: projects %v, %v", ids, err)
	}
}
