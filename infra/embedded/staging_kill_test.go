// SPDX-License-Identifier: Apache-2.0

//go:build unix

package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/embedded"
)

// childStep is the environment variable of a child with the step, from 1, at which it is killed.
const childStep = "TEMPSKV_TEST_STEP"

// restore restores a store and dies as a step of that begins, whose name it writes to standard output. It ends by itself
// if there are fewer steps.
func restore(dir string) error {
	left, err := strconv.Atoi(os.Getenv(childStep))
	if err != nil {
		return err
	}
	step := func(s engine.Step) {
		if left--; left == 0 {
			fmt.Println(s.Name)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	ctx, settings := context.Background(), engine.DefaultSettings()
	settings.Provisioned = true
	e := embedded.NewEngine(dir, embedded.Config{Report: step})
	store, err := e.Enable(ctx, settings)
	if err != nil {
		return err
	}
	step(engine.Step{Name: "make the staging"})
	sc, err := e.Stage(ctx, settings)
	if err != nil {
		return err
	}
	if err := mark(ctx, sc.Store(), "new"); err != nil {
		return err
	}
	step(engine.Step{Name: "close the store"})
	if err := store.Close(); err != nil {
		return err
	}
	_, err = sc.Promote(ctx, false)
	return err
}

// A process is killed at the beginning of each step of a restore: after that there is the old store or the new one.
func TestRestoreKilledAtAnyStep(t *testing.T) {
	t.Parallel()
	value := "old"
	for step := 1; ; step++ {
		dir := t.TempDir()
		m := newMarked(t, dir)
		if err := m.Disable(t.Context()); err != nil {
			t.Fatal(err)
		}
		name := killRestore(t, dir, step)
		switch name {
		case "open the new store":
			value = "new"
		case "":
			if step < 7 {
				t.Errorf("only %d steps", step-1)
			}
			value = "new"
		}
		m.enable(t)
		wantMark(t, m.store, value)
		wantFiles(t, dir)
		if name == "" {
			return
		}
		t.Logf("killed before: %s", name)
	}
}

// killRestore runs a child that dies at the step, and returns the name of that.
func killRestore(t *testing.T, dir string, step int) string {
	t.Helper()
	cmd := child(t, "restore", dir)
	cmd.Env = append(cmd.Env, childStep+"="+strconv.Itoa(step))
	out, err := cmd.Output()
	exit, failed := errors.AsType[*exec.ExitError](err)
	if err != nil && (!failed || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL) {
		t.Fatalf("the child of step %d: %v", step, err)
	}
	return strings.TrimSpace(string(out))
}
