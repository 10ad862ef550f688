// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// piped is a server in its own process, whose output goes into pipes.
type piped struct {
	*exec.Cmd
	local          clientFile
	stdout, stderr *os.File
	lines          *bufio.Reader // of stderr, once awaitLog was called
}

// servePiped starts a server on dir and waits until it is up.
func servePiped(t *testing.T, dir string, args ...string) *piped {
	t.Helper()
	p := &piped{Cmd: exec.Command("tempskv", append([]string{"serve", "--addr", "127.0.0.1:0", "--data", dir}, args...)...)}
	p.Env = append(os.Environ(), "HOME="+dir)
	for _, end := range []struct {
		read  **os.File
		write *io.Writer
	}{{&p.stdout, &p.Stdout}, {&p.stderr, &p.Stderr}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		*end.read, *end.write = r, w
		t.Cleanup(func() { r.Close() })
		defer w.Close()
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	poll(t, func() (err error) {
		p.local, err = readClientFile(dir)
		return err
	})
	return p
}

// expectServed fails the test unless the server answers n requests.
func (p *piped) expectServed(t *testing.T, n int) {
	t.Helper()
	for range n {
		res, err := http.Get(p.local.URL + "/livez")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
}

// terminate ends the server, which must end well.
func (p *piped) terminate(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("the server ends in %v", err)
	}
}

// The readers of both outputs end while the server runs, and are gone when it starts again.
func TestReadersOfTheOutputEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := servePiped(t, dir, "--log-level", "debug", "--drain-delay", "0s")
	if _, err := io.ReadAtLeast(p.stdout, make([]byte, 1), 1); err != nil {
		t.Fatal(err)
	}
	p.stdout.Close()
	p.stderr.Close()
	p.expectServed(t, 20)
	p.terminate(t)

	again := exec.Command("tempskv", "serve", "--addr", "127.0.0.1:0", "--data", dir, "--log-level", "debug")
	again.Env = p.Env
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	again.Stdout, again.Stderr = w, w
	p = &piped{Cmd: again}
	err = again.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Process.Kill() })
	poll(t, func() (err error) {
		p.local, err = readClientFile(dir)
		return err
	})
	p.expectServed(t, 20)
	p.terminate(t)
}

// The reader of the log is stuck: its pipe fills up, and requests are answered.
func TestReaderOfTheLogIsStuck(t *testing.T) {
	t.Parallel()
	p := servePiped(t, t.TempDir(), "--log-level", "debug", "--drain-delay", "0s")
	const pipe, line = 64 << 10, 100 // bytes; a line is longer
	p.expectServed(t, pipe/line+100)
	go func() { _, _ = io.Copy(io.Discard, p.stderr) }()
	p.terminate(t)
}
