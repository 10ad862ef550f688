// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package requests_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// announced are replies that would make their reader allocate more than there is, or read without an end.
var announced = []string{
	"$1099511627776\r\n", "*1099511627776\r\n", "*9223372036854775807\r\n", "%1099511627776\r\n", "~1099511627776\r\n",
	">1099511627776\r\n", "=1099511627776\r\n", "*1\r\n*1\r\n$1099511627776\r\n", strings.Repeat("*1\r\n", 1<<20),
	strings.Repeat("|0\r\n", 1<<20), "+" + strings.Repeat("a", 8<<20), "(" + strings.Repeat("1", 8<<20), "$512000000\r\n",
}

// betrayer passes connections on to a Redis until it has a reply: then it answers every command with that.
type betrayer struct {
	addr  string
	reply atomic.Pointer[string]
}

func newBetrayer(t *testing.T, addr string) *betrayer {
	l := redistest.Listen(t)
	b := &betrayer{addr: l.Addr().String()}
	redistest.Forward(l, addr, b.commands, redistest.Copy)
	return b
}

// commands passes on what the client sends, or answers it.
func (b *betrayer) commands(to, from net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if reply := b.reply.Load(); reply != nil {
			if _, err := io.WriteString(from, *reply); err != nil {
				return
			}
		} else if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// TestHostileRedis runs a server with 1 GiB of memory, for keys and for control data, over a Redis that begins to announce
// more than there is. Calls fail, the server goes on, and all is well once the Redis is.
func TestHostileRedis(t *testing.T) {
	t.Parallel()
	b := newBetrayer(t, redistest.Start(t).Addr)
	url := "redis://" + b.addr
	s := e2e.Serve(t, t.TempDir(), "--control", url)
	s.LimitMemory(1 << 30)
	s.Enable(e2e.External(url))
	_, token := s.CreateProject("p")
	c := s.As(token)
	c.Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	for _, reply := range announced {
		b.reply.Store(&reply)
		var calls sync.WaitGroup
		for i := range 40 {
			calls.Go(func() {
				op, body := "get", e2e.Object{"key": "a"}
				switch i % 4 {
				case 1:
					op, body = "mget", e2e.Object{"keys": []string{"a", "b"}}
				case 2:
					op, body = "set", e2e.Object{"key": fmt.Sprint(i), "value": 1}
				case 3:
					op, body = "scan", e2e.Object{}
				}
				if r := c.KV(t, op, body); r.Status < http.StatusInternalServerError && r.Status != http.StatusRequestEntityTooLarge {
					t.Errorf("%s after %.40q: %s", op, reply, r)
				}
			})
		}
		calls.Wait()
		s.ExpectRunning()
		b.reply.Store(nil)
		e2e.Eventually(t, "the store to be back", func() string {
			if r := c.KV(t, "get", e2e.Object{"key": "a"}); r.Status != http.StatusOK || !strings.Contains(string(r.Body), `"value":1`) {
				return r.String()
			}
			return ""
		})
	}
	now, peak := s.Memory()
	t.Logf("the server takes %d MiB, %d MiB at most", now>>20, peak>>20)
}

// TestHostileImport imports from such servers, with 1 GiB of memory: the command says what they announce.
func TestHostileImport(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	for _, reply := range announced[:len(announced)-1] {
		l := redistest.Listen(t)
		b := &betrayer{}
		b.reply.Store(&reply)
		redistest.Accept(l, func(conn net.Conn) { go func() { b.commands(nil, conn); _ = conn.Close() }() })
		cmd := e2e.Command(t, []string{"TEMPSKV_URL=" + s.URL, "TEMPSKV_TOKEN=" + e2e.AdminKey},
			"import", "--from", "redis://"+l.Addr().String())
		cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", `ulimit -d 1048576; exec "$@"`, "sh", cmd.Path}, cmd.Args[1:]...)
		out, err := cmd.CombinedOutput()
		if err == nil || cmd.ProcessState.ExitCode() != 5 || !strings.Contains(string(out), l.Addr().String()) || strings.Contains(string(out), "goroutine") {
			t.Errorf("import after %.40q: %v: %s", reply, err, e2e.Tail(string(out)))
		}
	}
}

// TestHostileExport imports a file with a line of 700 MB, with 1 GiB of memory.
func TestHostileExport(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	cmd := e2e.Command(t, []string{"TEMPSKV_URL=" + s.URL, "TEMPSKV_TOKEN=" + token}, "import", "-")
	cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", `ulimit -d 1048576; exec "$@"`, "sh", cmd.Path}, cmd.Args[1:]...)
	part := strings.NewReader(strings.Repeat("x", 1<<20))
	parts := []io.Reader{strings.NewReader(`{"key":"k","value":"`)}
	for range 700 {
		parts = append(parts, io.NewSectionReader(part, 0, part.Size()))
	}
	cmd.Stdin = io.MultiReader(parts...)
	out, _ := cmd.CombinedOutput() // the exit code is checked; the pipe breaks
	if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "line 1 of the export: a line is too long") {
		t.Errorf("import: %v: %s", cmd.ProcessState, e2e.Tail(string(out)))
	}
}
