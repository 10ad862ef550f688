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
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// patience is how long the service may take to come up on a busy machine.
const patience = 60 * time.Second

// poll is how often something that takes a while is checked.
const poll = 5 * time.Millisecond

// Podmans is the environment variable that names podmans to test with, in addition to the machine's own: releases of
// Debian, whose podman is unpacked, and Rootless.
const Podmans = "TEMPSKV_PODMANS"

// Rootless is the machine's podman as a user runs it who is not root.
const Rootless = "rootless"

const (
	host = "host" // the machine's own podman
	// user runs the rootless podman. It exists only in a namespace: see podman-namespace.
	user = "54321"
)

// Service is podman's API service, which keeps its images from one test to the next. One runs at a time on a machine.
type Service struct {
	Socket string // path
	URI    string // unix:// and Socket

	tb        testing.TB
	kind      string // host, Rootless, or a release of Debian
	base      string // of all services
	folder    string // of this one
	namespace string // id of the process that holds it
	// endNamespace ends that process; it may be called again.
	endNamespace func()

	conf    string // path of another containers.conf than the usual one, or empty
	process *exec.Cmd
	exited  chan struct{}
}

// require skips the test if podman cannot run here.
func require(tb testing.TB) {
	tb.Helper()
	redistest.Require(tb)
	if what := missing(); what != "" {
		leave(tb, "skipped: this test needs "+what)
	}
	if os.Getenv(OutsideEnv) == "" {
		leave(tb, "skipped: this test needs its own network, and TestMain got none from podmantest.Alone")
	}
}

// leave skips the test, or fails it if no test may be skipped.
func leave(tb testing.TB, why string) {
	tb.Helper()
	if os.Getenv(redistest.RequireAll) != "" {
		tb.Fatal(why)
	}
	tb.Skip(why)
}

// Others returns the other podmans that are named, or skips the test.
func Others(tb testing.TB) []string {
	tb.Helper()
	require(tb)
	names := strings.Fields(os.Getenv(Podmans))
	if len(names) == 0 {
		leave(tb, "skipped: "+Podmans+" names no further podmans, such as: trixie sid rootless")
	}
	return names
}

// Start starts the service of the machine's podman once no other test uses it. It ends with the test, and so do its
// containers; what else the test leaves in podman stays.
func Start(tb testing.TB) *Service {
	tb.Helper()
	return StartOther(tb, host)
}

// StartOther is Start with one of Others.
func StartOther(tb testing.TB, kind string) *Service {
	tb.Helper()
	require(tb)
	base := filepath.Join(os.TempDir(), "tempskv-podmantest")
	s := &Service{tb: tb, kind: kind, base: base, folder: filepath.Join(base, kind)}
	s.Socket = filepath.Join(s.folder, "podman.sock")
	s.URI = "unix://" + s.Socket
	if err := errors.Join(os.MkdirAll(s.folder, 0o711), os.Chmod(base, 0o711)); err != nil {
		tb.Fatalf("podmantest: %v", err)
	}
	lock, err := os.OpenFile(filepath.Join(base, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		tb.Fatalf("podmantest: %v", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		tb.Fatalf("podmantest: %v", err)
	}
	tb.Cleanup(func() { _ = lock.Close() })
	s.endLeftovers()
	s.holdNamespace()
	tb.Cleanup(s.end)
	s.Restart()
	s.clear()
	return s
}

// end ends the service, and all that runs in it.
func (s *Service) end() {
	s.tb.Helper()
	s.Kill()
	s.endLeftovers()
	s.endNamespace()
	if err := emptyNetwork(); err != nil {
		s.tb.Errorf("podmantest: %v", err)
	}
}

// root returns the argument of podman-namespace for the root: which podman it is, unpacked if it is another release's.
func (s *Service) root() string {
	s.tb.Helper()
	if s.kind == host || s.kind == Rootless {
		return s.kind
	}
	root := filepath.Join(s.base, "podman-"+s.kind)
	if _, err := os.Stat(root); err != nil {
		s.run("podman-release", root, s.packages(s.kind), s.kind)
	}
	return root
}

// holdNamespace starts the process whose mount namespace is podman's, in an empty network.
func (s *Service) holdNamespace() {
	s.tb.Helper()
	if err := emptyNetwork(); err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	cmd := exec.Command(script("podman-namespace"), s.folder, s.root())
	cmd.Stderr = os.Stderr
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

// Restart kills the service if it runs, and starts it. Containers keep running.
func (s *Service) Restart() {
	s.tb.Helper()
	s.Kill()
	s.mendSecrets()
	log, err := os.Create(filepath.Join(s.folder, "log"))
	if err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	defer log.Close()
	cmd := s.podman()
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

// podman returns a command that runs the service, or with arguments a podman next to it.
func (s *Service) podman(args ...string) *exec.Cmd {
	uid := "0"
	if s.kind == Rootless {
		uid = user
	}
	cmd := exec.Command(script("podman-service"), append([]string{s.folder, uid, strconv.Itoa(RegistryPort), s.namespace}, args...)...)
	cmd.Env = append(os.Environ(), "TEMPSKV_TEST_CONTAINERS_CONF="+s.conf)
	return cmd
}

// Configure restarts the service with another containers.conf, or with the usual one if it is empty.
func (s *Service) Configure(conf string) {
	s.tb.Helper()
	s.conf = ""
	if conf != "" {
		s.conf = filepath.Join(s.tb.TempDir(), "containers.conf")
		if err := os.WriteFile(s.conf, []byte(conf), 0o644); err != nil {
			s.tb.Fatalf("podmantest: %v", err)
		}
	}
	s.Restart()
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

// Kill ends the service with SIGKILL. Containers keep running.
func (s *Service) Kill() {
	if s.process == nil {
		return
	}
	_ = syscall.Kill(-s.process.Process.Pid, syscall.SIGKILL) // rootless, it has a child
	<-s.exited
	s.process = nil
}

// Reboot simulates the start of a machine after a loss of power: no process is left, nor podman's files about those and
// about its mounts.
func (s *Service) Reboot() {
	s.tb.Helper()
	s.end()
	s.holdNamespace()
	s.Restart()
}

// Podman runs podman's command line against the service and returns what it printed.
func (s *Service) Podman(args ...string) string {
	s.tb.Helper()
	return s.output(args, exec.Command("podman", append([]string{"--remote", "--url", s.URI}, args...)...))
}

// Local runs podman's command line without the service, on the same images, and returns what it printed. It can
// do more, such as a build with mounted folders.
func (s *Service) Local(args ...string) string {
	s.tb.Helper()
	return s.output(args, s.podman(args...))
}

func (s *Service) output(args []string, cmd *exec.Cmd) string {
	s.tb.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.tb.Fatalf("podmantest: podman %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// DataDir returns a directory that podman has too, of the user who runs it. It is removed with the test.
func (s *Service) DataDir() string {
	s.tb.Helper()
	dir, err := os.MkdirTemp(s.folder, "data-")
	if err == nil {
		err = os.Chown(dir, s.User(), s.User())
	}
	if err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	s.tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// User returns the number of the user who runs podman.
func (s *Service) User() int {
	if s.kind != Rootless {
		return 0
	}
	id, _ := strconv.Atoi(user)
	return id
}

// Proc returns the folder in which the kernel describes a process that podman names.
func (s *Service) Proc(pid int) string {
	return filepath.Join("/proc", s.namespace, "root", "proc", strconv.Itoa(pid))
}

// Signal signals a process that podman names. Podman may number processes differently from this one.
func (s *Service) Signal(pid int, signal syscall.Signal) {
	s.tb.Helper()
	namespace := filepath.Join("/proc", s.namespace, "ns", "pid_for_children")
	cmd := exec.Command("nsenter", "--pid="+namespace, "kill", fmt.Sprintf("-%d", signal), strconv.Itoa(pid))
	if out, err := cmd.CombinedOutput(); err != nil {
		s.tb.Fatalf("podmantest: signal %d: %v: %s", pid, err, out)
	}
}

// script returns the path of one of the scripts that .ci holds, of the module that the test is in. It is searched from
// the folder of the test's package up, since a program that is built with -trimpath does not know where its source was.
func script(name string) string {
	dir, _ := os.Getwd() // empty where that fails: then nothing is found below
	for {
		path := filepath.Join(dir, ".ci", name)
		if _, err := os.Stat(path); err == nil || dir == filepath.Dir(dir) {
			return path
		}
		dir = filepath.Dir(dir)
	}
}
