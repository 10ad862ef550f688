// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package operator_test

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestFirstUse does what a new user does: start it, paste the lines that it prints, start it again.
func TestFirstUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := e2e.ServeWith(t, nil, dir, "--dev")
	e2e.Between(t, first.Secrets, "API key, shown only this once: tk_", "\n")
	want := []string{`{"result":"OK"}`, `{"value":"hello"}`, `{"value":1}`}
	if diff := cmp.Diff(paste(t, first), want); diff != "" {
		t.Errorf("the lines answer (-got +want):\n%s", diff)
	}
	_, next, _ := strings.Cut(e2e.Between(t, first.Printed, "Next: ", "\n"), "tempskv ")
	if got := strings.TrimSpace(e2e.RunCommand(e2e.Command(t, nil, strings.Fields(next)...)).Stdout); got != "hello" {
		t.Errorf("the command that comes next prints %q", got)
	}
	first.Terminate()

	second := e2e.ServeWith(t, nil, dir, "--dev")
	if strings.Contains(second.Printed, "tk_") {
		t.Errorf("the second start shows an API key: %s", second.Printed)
	}
	want[2] = `{"value":2}`
	if diff := cmp.Diff(paste(t, second), want); diff != "" {
		t.Errorf("after a second start the lines answer (-got +want):\n%s", diff)
	}
	second.Terminate()
}

// paste executes the curl lines that a server printed, and returns the answers.
func paste(t *testing.T, s *e2e.Server) (answers []string) {
	t.Helper()
	for line := range strings.Lines(s.Printed) {
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
	r := e2e.RunCommand(shell)
	if r.Code != 0 {
		t.Errorf("%s: exit code %d: %s", line, r.Code, r.Stderr)
	}
	return r.Stdout
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
	res, err := e2e.CheckedClient.Do(req)
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
