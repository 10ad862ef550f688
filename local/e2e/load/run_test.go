// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestRun runs everything once, briefly: that it still works, not how fast it is.
func TestRun(t *testing.T) {
	for _, program := range []string{"wrk", "redis-server", "webdis"} {
		if _, err := exec.LookPath(program); err != nil {
			e2e.LeaveOut(t, "needs %s, which is not in PATH (Debian: apt-get install %[1]s)", program)
		}
	}
	dir := t.TempDir()
	run := exec.CommandContext(t.Context(), "go", "run", ".", "-server", "../../../bin/tempskv", "-quick", "-out", dir)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string][2]int{
		"goals": {len(r.Goals), 15}, "commands": {len(r.Commands), 7 * 5}, "sizes": {len(r.Sizes), 2 * 3 * 2},
		"memory": {len(r.Memory), 2 * 5}, "neighbours": {len(r.Neighbours), 8}, "profiles": {len(r.Profiles), 3 * 3},
	} {
		if got, want := n[0], n[1]; got != want {
			t.Errorf("got %d %s, want %d", got, what, want)
		}
	}
	checkResults(t, append(append(r.GoalResults, r.Commands...), r.Sizes...))
	for _, g := range r.Goals {
		if g.value() <= 0 {
			t.Errorf("was not measured: %+v", g)
		}
	}
	for _, m := range r.Memory {
		if m.OwnMB <= 0 || m.MB < m.OwnMB {
			t.Errorf("memory: %+v", m)
		}
	}
	for _, n := range r.Neighbours {
		quiet := n.Flood == ""
		if n.P99ms == 0 || quiet && (n.Refused != 0 || n.RequestsPerSecond == 0) || quiet != (n.FloodAnswered+n.FloodRefused == 0) {
			t.Errorf("next to a flood: %+v", n)
		}
	}
	for _, p := range r.Profiles {
		if p.RequestsPerSecond == 0 || p.Gateway == external && len(p.Block) == 0 {
			t.Errorf("profile: %+v", p)
		}
	}
}

// TestProfile records where the processors go, briefly. The profile has both engines.
func TestProfile(t *testing.T) {
	for _, program := range []string{"wrk", "redis-server"} {
		if _, err := exec.LookPath(program); err != nil {
			e2e.LeaveOut(t, "needs %s, which is not in PATH (Debian: apt-get install %[1]s)", program)
		}
	}
	file := filepath.Join(t.TempDir(), "cpu.pgo")
	run := exec.CommandContext(t.Context(), "go", "run", ".", "-server", "../../../bin/tempskv", "-quick", "-profile", file)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	checkProfile(t, file)
}

func checkResults(t *testing.T, results []result) {
	t.Helper()
	for _, m := range results {
		if m.Refused != 0 || m.RequestsPerSecond == 0 || m.GatewayCPU == 0 {
			t.Errorf("%s of %s: %+v", m.Workload, m.Gateway, m)
		}
	}
}
