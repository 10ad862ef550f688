// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// ExpectIDUnused asks for the id of a deleted project, and for any.
func ExpectIDUnused(t *testing.T, s *Server, id int) {
	t.Helper()
	r := s.Admin().Do(t, http.MethodPost, "/api/projects", Object{"name": "again", "id": id})
	if r.Status != http.StatusConflict {
		t.Errorf("the id of a deleted project, asked for: %s", r)
	}
	if fresh, _ := s.CreateProject("fresh"); fresh == id {
		t.Errorf("a fresh project has the id %d of a deleted one", fresh)
	}
}

// ExpectHidden looks for a secret where an operator's tools would find it.
func ExpectHidden(t *testing.T, s *Server, secret string) {
	t.Helper()
	shown := s.Run("status") + s.Run("audit") + s.Run("config")
	s.Terminate()
	if shown += s.Log.String(); strings.Contains(shown, secret) {
		t.Errorf("%q is shown in %s", secret, shown)
	}
}

// warned is what a status warns of.
type warned struct {
	Enabled, Healthy bool
	Message          string
	Warnings         []struct{ Code, Detail string }
}

func (s *Server) Warned() (w warned) {
	s.T.Helper()
	s.Admin().Must(s.T, http.MethodGet, "/api/kv/status", nil, &w)
	return w
}

// Warns reports whether the status has a warning of that code, or of any whose detail holds the text.
func (w warned) Warns(text string) bool {
	return slices.ContainsFunc(w.Warnings, func(one struct{ Code, Detail string }) bool {
		return one.Code == text || strings.Contains(one.Detail, text)
	})
}

// Status has the fields of the state of the service that tests check.
type Status struct {
	Enabled, Healthy bool
	Engine, Version  string
	Message          string
	DockerImage      string `json:"docker_image"`
	UsedMemory       int64  `json:"used_memory"`
}

func (s *Server) Status() (st Status) {
	s.T.Helper()
	s.Admin().Must(s.T, http.MethodGet, "/api/kv/status", nil, &st)
	return st
}

// AwaitHealthy waits until the service is on and well.
func (s *Server) AwaitHealthy() {
	s.T.Helper()
	Eventually(s.T, "a healthy service", func() string {
		if st := s.Status(); !st.Healthy {
			return fmt.Sprintf("%+v", st)
		}
		return ""
	})
}

// Enable turns the service on.
func (s *Server) Enable(settings Object) {
	s.T.Helper()
	s.Admin().Must(s.T, http.MethodPost, "/api/kv/enable", settings, nil)
}

// CreateProject creates a project and returns its id and a token for it.
func (s *Server) CreateProject(name string) (id int, token string) {
	s.T.Helper()
	var project struct{ ID int }
	s.Admin().Must(s.T, http.MethodPost, "/api/projects", Object{"name": name}, &project)
	var made struct{ Token string }
	s.Admin().Must(s.T, http.MethodPost, fmt.Sprintf("/api/projects/%d/tokens", project.ID), Object{"name": name}, &made)
	return project.ID, made.Token
}

// ForEachEngine runs a test over both engines, with the settings of a first enable.
func ForEachEngine(t *testing.T, test func(t *testing.T, settings Object)) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, Object{"engine": "embedded"})
	})
	t.Run("external", func(t *testing.T) {
		t.Parallel()
		redis := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
		test(t, Object{"engine": "external", "redis_url": redis.URL})
	})
}

// Result is what a command printed and how it ended.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// CLI runs a client command on the machine of the server.
func (s *Server) CLI(args ...string) Result {
	s.T.Helper()
	return RunCommand(Command(s.T, []string{"TEMPSKV_DATA=" + s.Dir}, args...))
}

// Run runs a client command that must succeed, and returns its output.
func (s *Server) Run(args ...string) string {
	s.T.Helper()
	r := s.CLI(args...)
	if r.Code != 0 {
		s.T.Fatalf("tempskv %s: exit code %d: %s", strings.Join(args, " "), r.Code, r.Stderr)
	}
	return strings.TrimSpace(r.Stdout)
}

// RunCommand waits for a command that ends by itself; one that does not is killed.
func RunCommand(cmd *exec.Cmd) Result {
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		return Result{"", err.Error(), -1}
	}
	late := time.AfterFunc(Patience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	_ = cmd.Wait() // the exit code is checked
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}
