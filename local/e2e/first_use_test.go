// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFirstUse does what somebody does who tries the program: start it, paste the lines that it prints, start it again.
func TestFirstUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := serveWith(t, nil, dir, "--dev")
	between(t, first.printed, "API key, shown only this once: tk_", "\n")
	want := []string{`{"result":"OK"}`, `{"value":"hello"}`, `{"value":1}`}
	if diff := cmp.Diff(paste(t, first), want); diff != "" {
		t.Errorf("the lines answer (-got +want):\n%s", diff)
	}
	next := strings.Fields(between(t, first.printed, "Next: tempskv ", "\n"))
	if got := strings.TrimSpace(runCommand(command(t, nil, next...)).stdout); got != "hello" {
		t.Errorf("the command that comes next prints %q", got)
	}
	first.terminate()

	second := serveWith(t, nil, dir, "--dev")
	if strings.Contains(second.printed, "tk_") {
		t.Errorf("the second start shows an API key: %s", second.printed)
	}
	want[2] = `{"value":2}`
	if diff := cmp.Diff(paste(t, second), want); diff != "" {
		t.Errorf("after a second start the lines answer (-got +want):\n%s", diff)
	}
	second.terminate()
}

// paste has a shell execute the curl lines that a server printed, and returns the answers.
func paste(t *testing.T, s *server) (answers []string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		leaveOut(t, "needs curl, which is not in PATH (Debian: apt install curl)")
	}
	for line := range strings.Lines(s.printed) {
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		shell := exec.Command("sh", "-c", line)
		shell.Env = []string{"PATH=" + binDir + ":/usr/local/bin:/usr/bin:/bin", "HOME=" + t.TempDir()}
		r := runCommand(shell)
		if r.code != 0 {
			t.Errorf("%s: exit code %d: %s", line, r.code, r.stderr)
		}
		answers = append(answers, strings.TrimSpace(r.stdout))
	}
	return answers
}
