// SPDX-License-Identifier: Apache-2.0

package redistest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// patience is how long a server, a Sentinel or a Cluster may take to come up on a busy machine.
const patience = 5 * time.Minute

// poll is how often something that takes a while is checked.
const poll = 5 * time.Millisecond

// Server is one redis-server process. Its methods are called from the goroutine of the test.
type Server struct {
	Addr   string // 127.0.0.1 and the port
	URL    string // redis:// and Addr
	Socket string // path of the Unix socket that it listens on too

	tb      testing.TB
	program string
	dir     string
	args    []string
	process *exec.Cmd
	exited  chan struct{}
}

// Start starts a redis-server that keeps nothing on disk unless args, such as "--appendonly", "yes", say so. It
// answers when Start returns, and ends with the test. Without redis-server in PATH the test is skipped: see Require.
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s := &Server{tb: tb, program: Require(tb), args: args}
	// The path of tb.TempDir contains the name of the test, and that of a socket may have 107 bytes at most.
	dir, err := os.MkdirTemp("", "redistest")
	if err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	s.dir, s.Socket = dir, filepath.Join(dir, "s")
	tb.Cleanup(func() { s.Kill(); _ = os.RemoveAll(dir) })
	for range 5 { // another program may take the port between ReservePort and redis-server
		s.Addr = fmt.Sprintf("127.0.0.1:%d", ReservePort(tb))
		s.URL = "redis://" + s.Addr
		if err = s.start(); err == nil {
			return s
		}
		if !strings.Contains(err.Error(), "Address already in use") {
			break
		}
	}
	tb.Fatalf("redistest: %v", err)
	return nil
}

// Restart kills the server if it runs, and starts it with the same port, arguments and files. It answers when
// Restart returns.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Kill()
	if err := s.start(); err != nil {
		s.tb.Fatalf("redistest: restart: %v", err)
	}
}

// Kill ends the server with SIGKILL, as a crash does, and waits until it is gone.
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill()
	<-s.exited
	s.process = nil
}

// Stop freezes the server with SIGSTOP: its connections stay open and nothing answers.
func (s *Server) Stop() { s.signal(syscall.SIGSTOP) }

// Cont lets a frozen server continue.
func (s *Server) Cont() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig os.Signal) {
	s.tb.Helper()
	if err := s.process.Process.Signal(sig); err != nil {
		s.tb.Errorf("redistest: %v: %v", sig, err)
	}
}

// Pid returns the process id of the running server.
func (s *Server) Pid() int { return s.process.Process.Pid }

// Port returns the TCP port.
func (s *Server) Port() string { return s.Addr[strings.LastIndexByte(s.Addr, ':')+1:] }

// Client returns a client of this one server, which ends with the test. It repeats nothing, and waits for a frozen server.
func (s *Server) Client() *goredis.Client {
	c := goredis.NewClient(s.options())
	s.tb.Cleanup(func() { _ = c.Close() })
	return c
}

// options are those of a client that repeats nothing, and waits as long as a busy machine may take.
func (s *Server) options() *goredis.Options {
	return &goredis.Options{
		Addr: s.Addr, MaxRetries: -1, DisableIdentity: true,
		DialTimeout: patience, ReadTimeout: patience, WriteTimeout: patience,
	}
}

// start runs the program and waits until it answers.
func (s *Server) start() error {
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	_ = os.Remove(s.Socket)
	cmd := exec.Command(s.program, s.commandLine()...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = s.dir, log, log, dieWithTest()
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	s.process, s.exited = cmd, exited
	if err := s.awaitAnswer(); err != nil {
		s.Kill()
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("redis-server %s: %w; it wrote: %s", strings.Join(cmd.Args[1:], " "), err, text)
	}
	return nil
}

// commandLine puts the arguments of the test last, so that they win; a configuration file has to come first.
func (s *Server) commandLine() []string {
	own := []string{"--port", s.Port(), "--bind", "127.0.0.1", "--dir", s.dir, "--unixsocket", s.Socket,
		"--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--daemonize", "no"}
	if len(s.args) > 0 && !strings.HasPrefix(s.args[0], "--") {
		return append(append([]string{s.args[0]}, own...), s.args[1:]...)
	}
	return append(own, s.args...)
}

// awaitAnswer waits until the server answers PING on its socket. That lies in its own directory, so
// no other process can answer there, and it is opened after the port.
func (s *Server) awaitAnswer() error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-s.exited:
			return fmt.Errorf("ended with %s", s.process.ProcessState)
		case <-time.After(poll):
		}
		if answer := ping(s.Socket); strings.HasPrefix(answer, "+PONG") || strings.HasPrefix(answer, "-NOAUTH") {
			return nil
		}
	}
	return fmt.Errorf("no answer within %v", patience)
}

// ping sends PING and returns what came back, empty if nothing did.
func ping(socket string) string {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte("PING\r\n"))
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return line
}
