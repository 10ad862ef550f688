// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a server with its own process and a half-sent request.
type process struct {
	*exec.Cmd
	dir, addr string
	local     clientFile
	held      net.Conn
	answers   *bufio.Reader // of held
}

const heldBody = `{"project_id":1,"key":"held","value":"whole"}`

// serveHolding starts a server and sends it a set without the last byte.
func serveHolding(t *testing.T) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{Cmd: exec.Command("tempskv", "serve", "--dev", "--addr", "127.0.0.1:0", "--data", dir), dir: dir}
	p.Env = append(os.Environ(), "HOME="+dir)
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
	p.addr = strings.TrimPrefix(p.local.URL, "http://")
	var err error
	if p.held, err = net.Dial("tcp", p.addr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.held.Close() })
	_, err = fmt.Fprintf(p.held, "POST /api/kv/set HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", p.local.Token, len(heldBody))
	if err != nil {
		t.Fatal(err)
	}
	p.answers = bufio.NewReader(p.held)
	if res, err := http.ReadResponse(p.answers, nil); err != nil || res.StatusCode != http.StatusContinue {
		t.Fatalf("the server reads no body: %v, %v", res, err)
	}
	return p
}

// drain sends SIGTERM and waits until no connection is taken any more.
func (p *process) drain(t *testing.T) {
	t.Helper()
	p.signal(t)
	poll(t, func() error {
		c, err := net.Dial("tcp", p.addr)
		if err != nil {
			return nil
		}
		return fmt.Errorf("connections are taken still: %w", c.Close())
	})
}

func (p *process) signal(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// poll calls f until it returns nil.
func poll(t *testing.T, f func() error) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for err := f(); err != nil; err = f() {
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-time.After(2 * time.Millisecond)
	}
}

func TestRequestsInFlightFinish(t *testing.T) {
	t.Parallel()
	p := serveHolding(t)
	p.drain(t)
	if _, err := io.WriteString(p.held, heldBody); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(p.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("the request in flight is answered %s %s, %v", res.Status, body, err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("the server ends in %v", err)
	}
	if _, err := readClientFile(p.dir); !os.IsNotExist(err) {
		t.Errorf("word for clients is left behind: %v", err)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p := serveHolding(t)
	p.drain(t)
	p.signal(t)
	_ = p.Wait()
	if got, want := p.ProcessState.ExitCode(), 128+int(syscall.SIGTERM); got != want {
		t.Errorf("the exit code is %d, want %d", got, want)
	}
}
