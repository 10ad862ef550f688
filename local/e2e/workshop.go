// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// Workshop is a directory in which programs build clients and use them.
type Workshop struct {
	T   *testing.T
	Dir string
}

// Run executes a program below the directory that has to succeed, and returns what it printed. It reaches the machine's network,
// and not the servers of the tests.
func (w *Workshop) Run(dir string, env []string, name string, args ...string) string {
	w.T.Helper()
	return w.Output(dir, env, podmantest.Outside(w.T.Context(), name, args...))
}

// Output executes a command below the directory that has to succeed, and returns what it printed.
func (w *Workshop) Output(dir string, env []string, cmd *exec.Cmd) string {
	w.T.Helper()
	cmd.Dir, cmd.Env = filepath.Join(w.Dir, dir), append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		w.T.Fatalf("%v: %v\n%.4000s%.4000s", cmd, err, out, &stderr)
	}
	return string(out)
}

// Works runs a program that uses a client, on a project of its name, and compares what it prints.
func (w *Workshop) Works(s *Server, dir, want, name string, args ...string) {
	w.T.Helper()
	_, token := s.CreateProject(dir)
	env := []string{"TEMPSKV_URL=" + s.URL, "TEMPSKV_TOKEN=" + token}
	if diff := cmp.Diff(w.Output(dir, env, exec.CommandContext(w.T.Context(), name, args...)), want); diff != "" {
		w.T.Errorf("%s (-got +want):\n%s", dir, diff)
	}
}
