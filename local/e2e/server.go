// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Root is the repository, from the directory of each package of tests.
const Root = "../../.."

// Address returns the host and port that the server listens on.
func (s *Server) Address() string { return strings.TrimPrefix(s.URL, "http://") }

// Path is a path in the data directory.
func (s *Server) Path(name string) string { return filepath.Join(s.Dir, name) }

const (
	// Patience is how long something may take on a busy machine before a test gives up on it.
	Patience = 3 * time.Minute
	// Poll is how often something is looked at that takes a while.
	Poll = 5 * time.Millisecond
)

// AdminKey is the first API key of servers whose test does not want to see one printed.
const AdminKey = "tk_e2eAdministrator0123456789abcdefghijkl"

// Server is one run of tempskv serve.
type Server struct {
	T       *testing.T
	Dir     string // data directory
	URL     string
	Printed string // standard output until it was ready
	Secrets string // the first API key and the link to sign in, in the file that is written since standard output is no terminal

	cmd    *exec.Cmd
	exited chan struct{}
	Log    bytes.Buffer // standard error, to be read once exited is closed
}

// Serve starts a server on a data directory and returns once it listens. It ends with the test.
func Serve(t *testing.T, dir string, args ...string) *Server {
	t.Helper()
	return ServeWith(t, []string{"TEMPSKV_ADMIN_KEY=" + AdminKey}, dir, args...)
}

// ServeWith is serve with an environment of the test's own.
func ServeWith(t *testing.T, env []string, dir string, args ...string) *Server {
	t.Helper()
	return start(t, Command(t, env, serveArgs(dir, args)...), dir)
}

// ServeWithin is Serve for a process whose data may take so many bytes.
func ServeWithin(t *testing.T, bytes int64, dir string, args ...string) *Server {
	t.Helper()
	cmd := Command(t, []string{"TEMPSKV_ADMIN_KEY=" + AdminKey})
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path = shell
	cmd.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -d %d && exec "$@"`, bytes>>10), "sh", Program}, serveArgs(dir, args)...)
	return start(t, cmd, dir)
}

func serveArgs(dir string, args []string) []string {
	return append([]string{"serve", "--data", dir, "--addr", "127.0.0.1:0"}, args...)
}

// start starts a server.
func start(t *testing.T, cmd *exec.Cmd, dir string) *Server {
	t.Helper()
	s := &Server{T: t, Dir: dir, cmd: cmd, exited: make(chan struct{})}
	s.cmd.Stderr = &s.Log
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

// Command returns a run of the program whose environment is that of a new user. TEMPSKV_FAST_PATH=false in that of the tests turns
// the fast path off.
func Command(t *testing.T, env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(Program, args...)
	cmd.Env = append([]string{
		"HOME=" + t.TempDir(), "PATH=" + filepath.Dir(Program) + ":" + os.Getenv("PATH"), "TEMPSKV_DRAIN_DELAY=0s",
		"TEMPSKV_FAST_PATH=" + cmp.Or(os.Getenv("TEMPSKV_FAST_PATH"), "true"),
	}, env...)
	cmd.SysProcAttr = dieWithTest()
	return cmd
}

// awaitWelcome reads what the server prints up to its last line, from which on it is ready.
func (s *Server) awaitWelcome(out *os.File) {
	s.T.Helper()
	_ = out.SetReadDeadline(time.Now().Add(Patience))
	lines := bufio.NewReader(out)
	for !strings.Contains(s.Printed, "\nNext: ") {
		line, err := lines.ReadString('\n')
		s.Printed += line
		if err != nil {
			s.Kill()
			s.T.Fatalf("the server did not come up: %v; it printed %q and wrote %s", err, s.Printed, &s.Log)
		}
	}
	s.URL = Between(s.T, s.Printed, "tempskv listens on ", "\n")
	s.Secrets = ReadSecrets(s.Dir)
	_ = out.SetReadDeadline(time.Time{})
	go func() { _, _ = io.Copy(io.Discard, lines); _ = out.Close() }()
}

// ReadSecrets returns what the file in a data directory holds that a server shows once, empty if there is none.
func ReadSecrets(dir string) string {
	text, _ := os.ReadFile(filepath.Join(dir, "sign-in.txt"))
	return string(text)
}

// Between returns the part of text between two others.
func Between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, before)
	found, _, ok2 := strings.Cut(rest, after)
	if !ok || !ok2 {
		t.Fatalf("there is no %q in %q", before, text)
	}
	return found
}

// unwanted matches what no log may hold: faults of the program itself, and secrets. A random request ID may contain the
// word panic, but no punctuation.
var unwanted = regexp.MustCompile(`"level":"ERROR"|panic[: ]|"panic"|superfluous|dt_|tk_`)

// end is what is left to do when the test ends. It checks the log, whatever the test was about.
func (s *Server) end() {
	s.Kill()
	for line := range strings.Lines(s.Log.String()) {
		if found := unwanted.FindString(line); found != "" {
			s.T.Errorf("there is %s in the log: %s", found, line)
		}
	}
	if s.T.Failed() {
		s.T.Logf("the log of the server on %s:\n%s", s.Dir, Tail(s.Log.String()))
	}
}

// Tail returns the end of a long text.
func Tail(text string) string { return text[max(0, len(text)-8<<10):] }

// Kill ends the server as a crash does, and waits until it is gone.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.exited
}

// Terminate ends the server as an init system does, and waits until it is gone. The exit code must be 0.
func (s *Server) Terminate() {
	s.T.Helper()
	s.Signal(syscall.SIGTERM)
	s.AwaitExit()
}

func (s *Server) Signal(sig os.Signal) {
	s.T.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.T.Fatalf("%v: %v", sig, err)
	}
}

// AwaitExit waits until the server has ended by itself.
func (s *Server) AwaitExit() {
	s.T.Helper()
	select {
	case <-s.exited:
	case <-time.After(Patience):
		s.T.Fatal("the server does not end")
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		s.T.Errorf("the server ended with %v; it wrote %s", s.cmd.ProcessState, Tail(s.Log.String()))
	}
}

// Restart starts a server on the data directory of one that has ended.
func (s *Server) Restart(args ...string) *Server {
	s.T.Helper()
	return Serve(s.T, s.Dir, args...)
}

// ExpectRunning fails the test if the server has ended.
func (s *Server) ExpectRunning() {
	s.T.Helper()
	select {
	case <-s.exited:
		s.T.Fatalf("the server ended with %v", s.cmd.ProcessState)
	default:
	}
}
