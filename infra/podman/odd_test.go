// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
)

// pid returns that of a process of a container: Pid or ConmonPid.
func (w *world) pid(id, which string) int {
	w.t.Helper()
	pid, err := strconv.Atoi(w.Podman("inspect", "--format", "{{.State."+which+"}}", id))
	if err != nil || pid == 0 {
		w.t.Fatalf("%s of %s: %d, %v", which, id, pid, err)
	}
	return pid
}

// killConmon kills the process by which podman follows a container, and returns once it is gone.
func (w *world) killConmon(id string) {
	w.t.Helper()
	pid := w.pid(id, "ConmonPid")
	w.Signal(pid, syscall.SIGKILL)
	w.awaitEnd(pid)
}

// awaitEnd returns once there is no such process, or nothing of it but that its parent did not ask for its end.
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

// TestOddContainers brings the container into states that podman finds no way out of. Whatever they are, Enable comes
// up with every key, one server writes the volume, and Disable and Enable work from then on.
func TestOddContainers(t *testing.T) {
	newWorld(t).testOdd(t)
}

func (w *world) testOdd(t *testing.T) {
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 1000)
	for _, tt := range []struct {
		name string
		do   func(id string)
	}{
		{"conmon and server killed", func(id string) { w.killConmon(id); w.killServer(id) }},
		{"server hangs without conmon", func(id string) { w.signal(id, syscall.SIGSTOP); w.killConmon(id) }},
		{"conmon killed", func(id string) { w.killConmon(id) }},
		{"server killed, then conmon", func(id string) {
			conmon := w.pid(id, "ConmonPid")
			w.Signal(conmon, syscall.SIGSTOP)
			w.killServer(id)
			w.Signal(conmon, syscall.SIGKILL)
			w.awaitEnd(conmon)
		}},
		{"paused without conmon", func(id string) { w.Podman("pause", id); w.killConmon(id) }},
		{"stuck in stopping without conmon", func(id string) {
			pid := w.pid(id, "ConmonPid")
			w.stickInStopping(id)
			w.Signal(pid, syscall.SIGKILL)
			w.awaitEnd(pid)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, next := range []string{"enable", "disable", "update"} {
				tt.do(w.Podman("ps", "-aq"))
				t.Logf("podman says: %s", w.Podman("ps", "-a", "--format", "{{.Names}} {{.Status}} {{.State}}"))
				_ = store.Close()
				w.restart()
				switch next {
				case "disable":
					if err := w.engine.Disable(w.ctx()); err != nil {
						t.Errorf("Disable: %v", err)
					}
				case "update":
					to := s
					to.Persistence = false
					to.MaxMemory = "100mb"
					_ = to
				}
				store = w.enable(provisioned(s))
				if got := w.digest(store, 1000); got != want {
					t.Errorf("%s: the keys are not what they were", next)
				}
				w.expectOne()
				w.expectOneServer()
				w.disable(store)
				store = w.enableAgain(s)
				if got := w.digest(store, 1000); got != want {
					t.Errorf("%s, disable and enable: the keys are not what they were", next)
				}
			}
		})
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
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), "/"+volume+"/_data /data ") {
			pids = append(pids, path)
		}
	}
	return pids
}

var _ = kv.Podman
