// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// kill runs a process that is killed at its step, and returns the name of the step, empty if there are fewer.
func (w *world) kill(v victim) string {
	w.t.Helper()
	v.Socket, v.Dir = w.URI, w.dir
	text, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+string(text))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return strings.TrimSpace(string(out))
	}
	w.t.Fatalf("the victim of step %d: %v: %s", v.Step, err, &stderr)
	return ""
}

func TestEnableKilledAtAnyStep(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	for step := 1; ; step++ {
		name := w.kill(victim{From: s, Step: step})
		if name == "" {
			if step < 5 {
				t.Errorf("only %d steps", step-1)
			}
			return
		}
		t.Logf("killed before: %s", name)
		w.restart()
		_ = w.enable(s).Close()
		w.expectOne()
		if err := w.engine.Purge(w.ctx()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEnableOfDataKilledAtAnyStep enables again what was disabled.
func TestEnableOfDataKilledAtAnyStep(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 1000)
	s.Provisioned = true
	for step := 1; ; step++ {
		_ = store.Close()
		if err := w.engine.Disable(w.ctx()); err != nil {
			t.Fatal(err)
		}
		name := w.kill(victim{From: s, Step: step})
		w.restart()
		store = w.enable(s)
		if got := w.digest(store, 1000); got != want {
			t.Fatal("the keys are not what they were")
		}
		w.expectOne()
		if name == "" {
			break
		}
		t.Logf("killed before: %s", name)
	}
}

func TestUpdateKilledAtAnyStep(t *testing.T) {
	w := newWorld(t)
	from, to := provisioned(settings(w.DebianImage(podmantest.Redis70))), settings(w.DebianImage(podmantest.Redis80))
	first := from
	first.Provisioned = false
	store := w.enable(first)
	want := w.fill(store, 1000)
	_ = store.Close()
	for step := 1; ; step++ {
		name := w.kill(victim{From: from, To: &to, Step: step})
		if name == "" {
			if step < 10 {
				t.Errorf("only %d steps", step-1)
			}
			break
		}
		t.Logf("killed before: %s", name)
		w.restart()
		store := w.enable(from)
		if got := w.digest(store, 1000); got != want {
			t.Fatal("the keys are not what they were")
		}
		_ = store.Close()
		w.expectOne()
	}
	// The last victim ended by itself, and its caller would have saved the settings now.
	w.restart()
	if got := w.digest(w.enable(provisioned(to)), 1000); got != want {
		t.Error("after the update the keys are not what they were")
	}
	w.expectOne()
}
