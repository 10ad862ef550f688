// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fake is a server that speaks RESP, keeps nothing, and counts how often it ran each command that changes something,
// so that a test can cut or stall connections at any point.
type fake struct {
	addr    string
	cluster []*fake // the nodes of its Cluster, each with an equal part of the slots; nil: none
	always  string  // its answer to everything, unless it is empty
	scanned string  // its answer to SCAN; empty: no keys

	mu     sync.Mutex
	runs   map[string]int // command line to the number of its runs
	behave func(line string, n int) string
}

// What behave may return instead of an answer.
const (
	cut       = "cut"        // run the command and close the connection without an answer
	cutBefore = "cut before" // close the connection and do not run it
	stall     = "stall"      // run the command and never answer on this connection
)

// newFake starts a server. behave gives the answer to the n-th command that changes something; empty means :1.
func newFake(t testing.TB, behave func(line string, n int) string) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{addr: l.Addr().String(), runs: map[string]int{}, behave: behave}
	var conns sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); conns.Wait() })
	conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			ended := make(chan struct{})
			context := t.Context()
			conns.Go(func() { f.serve(conn); close(ended) })
			conns.Go(func() {
				select {
				case <-context.Done():
				case <-ended:
				}
				_ = conn.Close()
			})
		}
	})
	return f
}

// newFakeCluster starts n servers that say that they are a Cluster.
func newFakeCluster(t *testing.T, n int, behave func(line string, n int) string) []*fake {
	t.Helper()
	nodes := make([]*fake, n)
	for i := range nodes {
		nodes[i] = newFake(t, behave)
	}
	for _, f := range nodes {
		f.cluster = nodes
	}
	return nodes
}

// ran returns how often each command was run by these servers together.
func ran(fakes ...*fake) map[string]int {
	all := map[string]int{}
	for _, f := range fakes {
		f.mu.Lock()
		for line, n := range f.runs {
			all[line] += n
		}
		f.mu.Unlock()
	}
	return all
}

// serve answers the commands of one connection.
func (f *fake) serve(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		args, err := readCommand(r)
		if err != nil {
			return
		}
		switch answer := f.answer(args); answer {
		case cut, cutBefore:
			_ = conn.Close()
			return
		case stall:
			_, _ = io.Copy(io.Discard, r)
			return
		default:
			_, _ = io.WriteString(conn, answer)
		}
	}
}

// answer runs a command.
func (f *fake) answer(args []string) string {
	if f.always != "" {
		return f.always
	}
	line := strings.Join(args, " ")
	switch strings.ToLower(args[0]) {
	case "hello":
		return "-ERR unknown command\r\n"
	case "ping":
		return "+PONG\r\n"
	case "asking":
		return "+OK\r\n"
	case "info":
		return bulk(fmt.Sprintf("cluster_enabled:%d\r\nrole:master\r\nrun_id:1\r\n", min(len(f.cluster), 1)))
	case "scan":
		if f.scanned != "" {
			return f.scanned
		}
		return "*2\r\n$1\r\n0\r\n*0\r\n"
	case "cluster":
		return f.slots()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, runs := range f.runs {
		n += runs
	}
	answer := f.behave(line, n)
	if answer != cutBefore && !strings.HasPrefix(answer, "-") {
		f.runs[line]++
	}
	if answer == "" {
		return ":1\r\n"
	}
	return answer
}

// slots answers CLUSTER SLOTS.
func (f *fake) slots() string {
	text := fmt.Sprintf("*%d\r\n", len(f.cluster))
	for i, node := range f.cluster {
		host, port, _ := net.SplitHostPort(node.addr)
		text += fmt.Sprintf("*3\r\n:%d\r\n:%d\r\n*3\r\n%s:%s\r\n%s",
			i*16384/len(f.cluster), (i+1)*16384/len(f.cluster)-1, bulk(host), port, bulk("id"+port))
	}
	return text
}

func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

// readCommand reads one command as clients send it.
func readCommand(r *bufio.Reader) ([]string, error) {
	n, err := readLength(r)
	if err != nil {
		return nil, err
	}
	args := make([]string, n)
	for i := range args {
		length, err := readLength(r)
		if err != nil {
			return nil, err
		}
		b := make([]byte, length+2)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
		args[i] = string(b[:length])
	}
	return args, nil
}

// readLength reads the length of an array or a string.
func readLength(r *bufio.Reader) (int, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}
