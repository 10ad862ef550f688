// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// patience is how long something may take on a busy machine before a test gives up on it.
	patience = 60 * time.Second
	// poll is how often something is looked at that takes a while.
	poll = 5 * time.Millisecond
)

// adminKey is the first API key of servers whose test does not want to see one printed.
const adminKey = "tk_e2eAdministrator0123456789abcdefghijkl"

// server is one run of tempskv serve.
type server struct {
	t       *testing.T
	dir     string // data directory
	url     string
	printed string // standard output until it was ready

	cmd    *exec.Cmd
	exited chan struct{}
	log    bytes.Buffer // standard error, to be read once exited is closed
}

// serve starts a server on a data directory and returns once it listens. It ends with the test.
func serve(t *testing.T, dir string, args ...string) *server {
	t.Helper()
	return serveWith(t, []string{"TEMPSKV_ADMIN_KEY=" + adminKey}, dir, args...)
}

// serveWith is serve with an environment of the test's own.
func serveWith(t *testing.T, env []string, dir string, args ...string) *server {
	t.Helper()
	s := &server{t: t, dir: dir, exited: make(chan struct{})}
	s.cmd = command(t, env, append([]string{"serve", "--data", dir, "--addr", "127.0.0.1:0"}, args...)...)
	s.cmd.Stderr = &s.log
	s.cmd.WaitDelay = time.Second
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stdout = in
	err = s.cmd.Start()
	_ = in.Close()
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.cmd.Wait(); close(s.exited) }()
	t.Cleanup(s.end)
	s.awaitWelcome(out)
	return s
}

// command returns a run of the program whose environment is that of a new user.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Env = append([]string{
		"HOME=" + t.TempDir(), "PATH=" + binDir + ":" + os.Getenv("PATH"), "TEMPSKV_DRAIN_DELAY=0s",
	}, env...)
	cmd.SysProcAttr = dieWithTest()
	return cmd
}

// awaitWelcome reads what the server prints up to its last line, from which on it is ready.
func (s *server) awaitWelcome(out *os.File) {
	s.t.Helper()
	_ = out.SetReadDeadline(time.Now().Add(patience))
	lines := bufio.NewReader(out)
	for !strings.Contains(s.printed, "\nNext: ") {
		line, err := lines.ReadString('\n')
		s.printed += line
		if err != nil {
			s.kill()
			s.t.Fatalf("the server did not come up: %v; it printed %q and wrote %s", err, s.printed, &s.log)
		}
	}
	s.url = between(s.t, s.printed, "tempskv listens on ", "\n")
	_ = out.SetReadDeadline(time.Time{})
	go func() { _, _ = io.Copy(io.Discard, lines); _ = out.Close() }()
}

// between returns what stands in text between two others.
func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, before)
	found, _, ok2 := strings.Cut(rest, after)
	if !ok || !ok2 {
		t.Fatalf("there is no %q in %q", before, text)
	}
	return found
}

// end is what is left to do when the test ends. Whatever the test was about, the log holds no fault of the program's
// own, and no secret.
func (s *server) end() {
	s.kill()
	for _, text := range []string{`"level":"ERROR"`, "panic", "superfluous", "dt_", "tk_"} {
		if strings.Contains(s.log.String(), text) {
			s.t.Errorf("there is %s in the log", text)
		}
	}
	if s.t.Failed() {
		s.t.Logf("the log of the server on %s:\n%s", s.dir, tail(s.log.String()))
	}
}

// tail returns the end of a long text.
func tail(text string) string { return text[max(0, len(text)-8<<10):] }

// kill ends the server as a crash does, and waits until it is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.exited
}

// terminate ends the server as an init system does, and waits until it is gone. The exit code must be 0.
func (s *server) terminate() {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
	s.awaitExit()
}

func (s *server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("%v: %v", sig, err)
	}
}

// awaitExit waits until the server has ended by itself.
func (s *server) awaitExit() {
	s.t.Helper()
	select {
	case <-s.exited:
	case <-time.After(patience):
		s.t.Fatal("the server does not end")
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		s.t.Errorf("the server ended with %v; it wrote %s", s.cmd.ProcessState, tail(s.log.String()))
	}
}

// again starts a server on the data directory of one that has ended.
func (s *server) again(args ...string) *server {
	s.t.Helper()
	return serve(s.t, s.dir, args...)
}

// lives fails the test if the server has ended.
func (s *server) lives() {
	s.t.Helper()
	select {
	case <-s.exited:
		s.t.Fatalf("the server ended with %v", s.cmd.ProcessState)
	default:
	}
}
