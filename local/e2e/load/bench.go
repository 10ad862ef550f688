// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

type options struct {
	effort
	goals       []section // of the section goals
	server, out string
}

// bench is one run: its files, and the processes that it ends.
type bench struct {
	options
	began       time.Time
	dir, script string
	processes   []*process
	made        int // directories and files
}

// newBench makes the directory of the run next to the program: what an fsync costs there is what it costs in use.
func newBench(o options) (*bench, error) {
	server, err := filepath.Abs(o.server)
	if err != nil {
		return nil, err
	}
	o.server = server
	if _, err := os.Stat(o.server); err != nil {
		return nil, fmt.Errorf("the program to measure is not there, `make build` builds it: %w", err)
	}
	if err := openMoreFiles(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(o.server), "load-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, began: time.Now(), dir: dir, script: filepath.Join(dir, "wrk.lua")}
	if err := os.WriteFile(b.script, wrkScript, 0o600); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// openMoreFiles lets this process and those that it starts open as many files as they may. Go raises the limit by itself,
// but not for other programs.
func openMoreFiles() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

// path returns a path in the directory of the run that is not used yet.
func (b *bench) path(name string) string {
	b.made++
	return filepath.Join(b.dir, "section", fmt.Sprintf("%d-%s", b.made, name))
}

// start starts a process that end ends. Settings in the environment of the user do not reach it.
func (b *bench) start(ctx context.Context, env []string, name string, args ...string) (*process, error) {
	if err := os.MkdirAll(filepath.Join(b.dir, "section"), 0o700); err != nil {
		return nil, err
	}
	var all []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TEMPSKV_") {
			all = append(all, v)
		}
	}
	p, err := startProcess(ctx, append(all, env...), name, args...)
	if err != nil {
		return nil, err
	}
	b.processes = append(b.processes, p)
	return p, nil
}

// end ends every process and removes their files.
func (b *bench) end() {
	for _, p := range b.processes {
		p.cancel()
	}
	for _, p := range b.processes {
		p.stop()
	}
	b.processes = nil
	_ = os.RemoveAll(filepath.Join(b.dir, "section"))
}

func (b *bench) close() {
	b.end()
	_ = os.RemoveAll(b.dir)
}
