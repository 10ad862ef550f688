// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	patience = 15 * time.Second // for a process to answer first
	grace    = 5 * time.Second  // for it to end by itself: webdis does not
)

// process is a program that the run started. It ends when stop is called or its context is done.
type process struct {
	cmd    *exec.Cmd
	cancel context.CancelFunc
	ended  chan struct{}
	stderr bytes.Buffer // to be read once it has ended
}

func startProcess(ctx context.Context, env []string, name string, args ...string) (*process, error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &process{cmd: exec.CommandContext(ctx, name, args...), cancel: cancel, ended: make(chan struct{})}
	p.cmd.Env = env
	p.cmd.Stderr = &p.stderr
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = grace
	if err := p.cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // how it ended is of interest only while it should run: see await
	}()
	return p, nil
}

// stop ends the process and waits for that.
func (p *process) stop() {
	p.cancel()
	<-p.ended
}

// await asks until there is no error. It returns the last one if the process ends or the patience does.
func (p *process) await(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for tick := time.NewTicker(time.Millisecond); ; {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended: %s", filepath.Base(p.cmd.Path), bytes.TrimSpace(p.stderr.Bytes()))
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", filepath.Base(p.cmd.Path), err)
		case <-tick.C:
		}
	}
}

// cpu returns the CPU time that the process has used, to the 10 ms. See proc(5) on /proc/PID/stat.
func (p *process) cpu() (time.Duration, error) {
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every architecture that matters
	const utime, stime = 11, 12        // counted behind the name, which may hold spaces
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, err1 := strconv.ParseInt(fields[utime], 10, 64)
	system, err2 := strconv.ParseInt(fields[stime], 10, 64)
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// memory returns the resident set, and what of it is of no file, in MB. See proc(5) on /proc/PID/status.
func (p *process) memory() (resident, own float64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	resident, err1 := megabytes(status, "VmRSS:")
	own, err2 := megabytes(status, "RssAnon:")
	return resident, own, errors.Join(err1, err2)
}

// megabytes returns what a line of a status says, which is in kB of 1024 bytes.
func megabytes(status []byte, name string) (float64, error) {
	_, rest, found := bytes.Cut(status, []byte("\n"+name))
	fields := bytes.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, fmt.Errorf("there is no %s in /proc/PID/status", name)
	}
	kB, err := strconv.ParseFloat(string(fields[0]), 64)
	return kB * 1024 / 1e6, err
}

// freePort returns a loopback address with a free port. Another process may take it before it is used.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// dial succeeds once a server listens.
func dial(addr string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
