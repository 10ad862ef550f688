// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// status is what a test looks at in the state of the service.
type status struct {
	Enabled, Healthy bool
	Engine, Version  string
	Message          string
	DockerImage      string `json:"docker_image"`
	UsedMemory       int64  `json:"used_memory"`
}

func (s *server) status() (st status) {
	s.t.Helper()
	s.admin().must(s.t, http.MethodGet, "/api/kv/status", nil, &st)
	return st
}

// awaitHealthy waits until the service is on and well.
func (s *server) awaitHealthy() {
	s.t.Helper()
	eventually(s.t, "a healthy service", func() string {
		if st := s.status(); !st.Healthy {
			return fmt.Sprintf("%+v", st)
		}
		return ""
	})
}

// enable turns the service on.
func (s *server) enable(settings object) {
	s.t.Helper()
	s.admin().must(s.t, http.MethodPost, "/api/kv/enable", settings, nil)
}

// project creates a project and returns its id and a token for it.
func (s *server) project(name string) (id int, token string) {
	s.t.Helper()
	var project struct{ ID int }
	s.admin().must(s.t, http.MethodPost, "/api/projects", object{"name": name}, &project)
	var made struct{ Token string }
	s.admin().must(s.t, http.MethodPost, fmt.Sprintf("/api/projects/%d/tokens", project.ID), object{"name": name}, &made)
	return project.ID, made.Token
}

// forEachEngine runs a test over both engines, with the settings of a first enable.
func forEachEngine(t *testing.T, test func(t *testing.T, settings object)) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, object{"engine": "embedded"})
	})
	t.Run("external", func(t *testing.T) {
		t.Parallel()
		redis := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
		test(t, object{"engine": "external", "redis_url": redis.URL})
	})
}

// result is what a command printed and how it ended.
type result struct {
	stdout, stderr string
	code           int
}

// cli runs a client command on the machine of the server.
func (s *server) cli(args ...string) result {
	s.t.Helper()
	return runCommand(command(s.t, []string{"TEMPSKV_DATA=" + s.dir}, args...))
}

// types runs a client command that has to succeed, and returns what it printed.
func (s *server) types(args ...string) string {
	s.t.Helper()
	r := s.cli(args...)
	if r.code != 0 {
		s.t.Fatalf("tempskv %s: exit code %d: %s", strings.Join(args, " "), r.code, r.stderr)
	}
	return strings.TrimSpace(r.stdout)
}

// runCommand waits for a command that ends by itself; one that does not is killed.
func runCommand(cmd *exec.Cmd) result {
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		return result{"", err.Error(), -1}
	}
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	_ = cmd.Wait() // the exit code tells
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}
