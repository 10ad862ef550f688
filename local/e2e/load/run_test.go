// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package main

import (
	"encoding/json"
	"os/exec"
	"testing"
)

// TestRun runs everything once, briefly: that it still works, not how fast it is.
func TestRun(t *testing.T) {
	for _, program := range []string{"wrk", "redis-server", "webdis"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s, which is not in PATH (Debian: apt-get install %[1]s)", program)
		}
	}
	run := exec.CommandContext(t.Context(), "go", "run", ".", "-server", "../../../bin/tempskv", "-seconds", "1", "-rounds", "1", "-json")
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v: %s%s", err, out, err.(*exec.ExitError).Stderr)
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	if got, want := len(r.Results), 8; got != want {
		t.Errorf("got %d results, want %d", got, want)
	}
	for _, m := range r.Results {
		if m.Errors != 0 || m.GatewayCPU == 0 {
			t.Errorf("%s of %s: %+v", m.Workload, m.Gateway, m)
		}
	}
	if got, want := len(r.Neighbours), 6; got != want {
		t.Errorf("got %d neighbours, want %d", got, want)
	}
	for _, n := range r.Neighbours {
		quiet := n.Flood == ""
		if n.P99ms == 0 || quiet && (n.Refused != 0 || n.RequestsPerSecond == 0) || quiet != (n.FloodAnswered+n.FloodRefused == 0) {
			t.Errorf("next to a flood: %+v", n)
		}
	}
	if r.StartMs == 0 || r.MemoryMB == 0 {
		t.Errorf("the start was not measured: %+v", r)
	}
}
