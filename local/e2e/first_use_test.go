// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"io"
	"net/http"
	"os"
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

// paste executes the curl lines that a server printed, and returns the answers.
func paste(t *testing.T, s *server) (answers []string) {
	t.Helper()
	for line := range strings.Lines(s.printed) {
		if strings.HasPrefix(line, "curl ") {
			answers = append(answers, strings.TrimSpace(execute(t, line)))
		}
	}
	return answers
}

// execute has a shell execute a curl line, or does itself what it says where there is no curl.
func execute(t *testing.T, line string) string {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		return standIn(t, line)
	}
	shell := exec.Command("sh", "-c", line)
	shell.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	r := runCommand(shell)
	if r.code != 0 {
		t.Errorf("%s: exit code %d: %s", line, r.code, r.stderr)
	}
	return r.stdout
}

// standIn knows the one form of line that serve --dev prints: an address, headers and a body in single quotes.
func standIn(t *testing.T, line string) string {
	t.Helper()
	quoted := strings.Split(line, "'")
	address := strings.Fields(quoted[0])[1]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(quoted[len(quoted)-2]))
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(quoted)-2; i += 2 {
		name, value, _ := strings.Cut(quoted[i], ": ")
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
