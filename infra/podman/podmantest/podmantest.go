// SPDX-License-Identifier: Apache-2.0

// Package podmantest runs podman's service for tests, on a machine with systemd or without, and makes images of real
// servers for it. Only tests import it.
package podmantest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// patience is how long the service may take to come up on a busy machine.
const patience = 60 * time.Second

// poll is how often something is looked at that takes a while.
const poll = 5 * time.Millisecond

// Service is podman's API service, which keeps its images from one test to the next. One runs at a time on a machine.
type Service struct {
	Socket string // path
	URI    string // unix:// and Socket

	tb        testing.TB
	root      string
	namespace string // id of the process that holds it
	// endNamespace ends that process; it may be called again.
	endNamespace func()

	process *exec.Cmd
	exited  chan struct{}
}

// require skips the test if podman cannot run here; where nothing may be left out, it fails it.
func require(tb testing.TB) {
	tb.Helper()
	redistest.Require(tb)
	leave := tb.Skipf
	if os.Getenv(redistest.RequireAll) != "" {
		leave = tb.Fatalf
	}
	if _, err := exec.LookPath("podman"); err != nil {
		leave("skipped: this test needs podman, which is not in PATH (Debian: apt install podman)")
	}
	if os.Geteuid() != 0 {
		leave("skipped: this test needs podman and root, to run its service without systemd")
	}
}

// Start starts the service once no other test uses it. It ends with the test; what the test leaves in podman stays.
func Start(tb testing.TB) *Service {
	tb.Helper()
	require(tb)
	root := filepath.Join(os.TempDir(), "tempskv-podmantest")
	if err := os.MkdirAll(root, 0o700); err != nil {
		tb.Fatalf("podmantest: %v", err)
	}
	lock, err := os.OpenFile(filepath.Join(root, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		tb.Fatalf("podmantest: %v", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		tb.Fatalf("podmantest: %v", err)
	}
	s := &Service{tb: tb, root: root, Socket: filepath.Join(root, "podman.sock")}
	s.URI = "unix://" + s.Socket
	tb.Cleanup(func() { _ = lock.Close() })
	s.endLeftovers()
	s.holdNamespace()
	tb.Cleanup(s.Kill)
	s.Restart()
	s.clear()
	return s
}

// holdNamespace starts the process whose mount namespace is podman's.
func (s *Service) holdNamespace() {
	s.tb.Helper()
	cmd := exec.Command(script("podman-namespace"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	s.endNamespace = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	s.tb.Cleanup(s.endNamespace)
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		s.tb.Fatalf("podmantest: no mount namespace: %q", line)
	}
	s.namespace = strconv.Itoa(cmd.Process.Pid)
}

// Restart kills the service if it runs, and starts it. Containers run on meanwhile.
func (s *Service) Restart() {
	s.tb.Helper()
	s.Kill()
	s.mendSecrets()
	log, err := os.Create(filepath.Join(s.root, "log"))
	if err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	defer log.Close()
	cmd := exec.Command(script("podman-service"), s.Socket, s.root, strconv.Itoa(RegistryPort), s.namespace)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := cmd.Start(); err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	s.process, s.exited = cmd, make(chan struct{})
	go func(exited chan struct{}) { _ = cmd.Wait(); close(exited) }(s.exited)
	if err := s.await(); err != nil {
		text, _ := os.ReadFile(log.Name())
		s.tb.Fatalf("podmantest: %v; it wrote: %s", err, text)
	}
}

func (s *Service) await() error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(poll) {
		if conn, err := net.Dial("unix", s.Socket); err == nil {
			return conn.Close()
		}
		select {
		case <-s.exited:
			return errors.New("the service ended")
		default:
		}
	}
	return fmt.Errorf("no service within %v", patience)
}

// Kill ends the service with SIGKILL. Containers run on.
func (s *Service) Kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill()
	<-s.exited
	s.process = nil
}

// Reboot does what the start of a machine that lost its power does: nothing that ran is there, nor what podman keeps of
// it and its mounts.
func (s *Service) Reboot() {
	s.tb.Helper()
	s.Kill()
	s.endLeftovers()
	s.endNamespace()
	s.holdNamespace()
	s.Restart()
}

// Podman runs podman's command line against the service and returns what it printed.
func (s *Service) Podman(args ...string) string {
	s.tb.Helper()
	cmd := exec.Command("podman", append([]string{"--remote", "--url", s.URI}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.tb.Fatalf("podmantest: podman %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// script returns the path of one of the scripts that .ci holds.
func script(name string) string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "..", ".ci", name)
}
