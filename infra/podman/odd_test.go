// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// pid returns the id of a process of a container: Pid or ConmonPid.
func (w *world) pid(id, which string) int {
	w.t.Helper()
	pid, err := strconv.Atoi(w.Podman("inspect", "--format", "{{.State."+which+"}}", id))
	if err != nil || pid == 0 {
		w.t.Fatalf("%s of %s: %d, %v", which, id, pid, err)
	}
	return pid
}

// killConmon kills the process with which podman monitors a container, and returns once it is gone.
func (w *world) killConmon(id string) {
	w.t.Helper()
	pid := w.pid(id, "ConmonPid")
	w.Signal(pid, syscall.SIGKILL)
	w.awaitEnd(pid)
}

// awaitEnd returns once there is no such process, or it is a zombie.
func (w *world) awaitEnd(pid int) {
	w.t.Helper()
	eventually(w.t, "the end of a process", func() error {
		text, err := os.ReadFile(filepath.Join(w.Proc(pid), "stat"))
		if err != nil || strings.Contains(string(text), ") Z ") {
			return nil
		}
		return errors.New("it goes on")
	})
}

// killServer kills the server of a container, and returns once it is gone.
func (w *world) killServer(id string) {
	w.t.Helper()
	pid := w.pid(id, "Pid")
	w.Signal(pid, syscall.SIGKILL)
	w.awaitEnd(pid)
}

// TestOddContainers brings the container into states that podman cannot leave. In each, Enable comes up with every key,
// one server writes to the volume, and Disable and Enable work from then on.
func TestOddContainers(t *testing.T) { newWorld(t).testOdd(t) }

// testOdd tests all states, or only the named ones.
func (w *world) testOdd(t *testing.T, only ...string) {
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 1000)
	for _, tt := range []struct {
		name string
		do   func(id string)
	}{
		{"conmon and server killed", func(id string) { w.killConmon(id); w.killServer(id) }},
		{"server and conmon killed", func(id string) {
			conmon := w.pid(id, "ConmonPid")
			w.Signal(conmon, syscall.SIGSTOP) // or it would notice
			w.killServer(id)
			w.Signal(conmon, syscall.SIGKILL)
			w.awaitEnd(conmon)
		}},
		{"conmon killed", w.killConmon},
		{"server hangs without conmon", func(id string) { w.signal(id, syscall.SIGSTOP); w.killConmon(id) }},
		{"paused without conmon", func(id string) { w.Podman("pause", id); w.killConmon(id) }},
		{"stuck in stopping without conmon", func(id string) {
			conmon := w.pid(id, "ConmonPid")
			w.stickInStopping(id)
			w.Signal(conmon, syscall.SIGKILL)
			w.awaitEnd(conmon)
		}},
		{"server that podman has lost", func(id string) { w.killConmon(id); w.forget(id) }},
		{"server that hangs and podman has lost", func(id string) {
			w.signal(id, syscall.SIGSTOP)
			w.killConmon(id)
			w.forget(id)
		}},
	} {
		if len(only) > 0 && !slices.Contains(only, tt.name) {
			continue
		}
		for _, disable := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, disable %t", tt.name, disable), func(t *testing.T) {
				tt.do(w.Podman("ps", "-aq", "--no-trunc"))
				t.Logf("podman says: %s", w.Podman("ps", "-a", "--format", "{{.Status}}"))
				if disable {
					w.disable(store)
				}
				_ = store.Close()
				store = w.enableAgain(s)
				if got := w.digest(store, 1000); got != want {
					t.Error("the keys are not what they were")
				}
				w.expectOne()
				w.expectOneServer()
				w.disable(store)
				if pids := w.servers(); len(pids) > 0 {
					t.Errorf("after disable the volume is mounted by %v", pids)
				}
				store = w.enableAgain(s)
			})
		}
	}
}

// TestOddContainerIsUpdated updates from a container in a state that podman cannot leave.
func TestOddContainerIsUpdated(t *testing.T) {
	w := newWorld(t)
	from := settings(w.HostImage())
	to := from
	to.Persistence = false
	store := w.enable(from)
	want := w.fill(store, 1000)
	if _, err := w.engine.Prepare(w.ctx(), from, to); err != nil {
		t.Fatal(err)
	}
	_ = store.Close()
	id := w.Podman("ps", "-aq")
	w.killConmon(id)
	w.killServer(id)
	store, err := w.engine.Update(w.ctx(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if got := w.digest(store, 1000); got != want {
		t.Error("the keys are not what they were")
	}
	w.confirm()
	w.expectOne()
}

// forget removes what the container runtime knows of a container.
func (w *world) forget(id string) {
	w.t.Helper()
	const runtime = "/run/crun/"
	if len(id) != 64 {
		w.t.Fatalf("%q is not the id of a container", id)
	}
	if _, err := os.Stat(runtime + id); err != nil {
		w.t.Fatal(err)
	}
	if err := os.RemoveAll(runtime + id); err != nil {
		w.t.Fatal(err)
	}
}

// expectOneServer fails the test if not just one process has a volume of the world mounted.
func (w *world) expectOneServer() {
	w.t.Helper()
	if pids := w.servers(); len(pids) != 1 {
		w.t.Errorf("the volume is mounted by the processes %v", pids)
	}
}

func (w *world) servers() (pids []string) {
	volume := w.Podman("volume", "ls", "-q")
	paths, _ := filepath.Glob("/proc/[0-9]*/mountinfo")
	for _, path := range paths {
		name, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "comm"))
		if string(name) == "podman\n" { // it enters the mounts of a container while it copies files
			continue
		}
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), "/"+volume+"/_data /data ") {
			pids = append(pids, path)
		}
	}
	return pids
}
