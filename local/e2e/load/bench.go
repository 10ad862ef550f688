// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

type options struct {
	server                       string // path of the program
	connections, seconds, rounds int
	neighbours                   bool // and nothing else
}

// bench is one run: its files, and the processes that it ends.
type bench struct {
	options
	dir, script string
	processes   []*process
}

// newBench makes the directory of the run next to the program: what an fsync costs there is what it costs in use.
func newBench(o options) (*bench, error) {
	if _, err := os.Stat(o.server); err != nil {
		return nil, fmt.Errorf("the program to measure is not there, `make build` builds it: %w", err)
	}
	dir, err := os.MkdirTemp(filepath.Dir(o.server), "load-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, dir: dir, script: filepath.Join(dir, "wrk.lua")}
	if err := os.WriteFile(b.script, wrkScript, 0o600); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// start starts a process that close ends.
func (b *bench) start(ctx context.Context, env []string, name string, args ...string) (*process, error) {
	p, err := startProcess(ctx, env, name, args...)
	if err != nil {
		return nil, err
	}
	b.processes = append(b.processes, p)
	return p, nil
}

// close ends every process and removes the files.
func (b *bench) close() {
	for _, p := range b.processes {
		p.cancel()
	}
	for _, p := range b.processes {
		p.stop()
	}
	_ = os.RemoveAll(b.dir)
}

// subject is one gateway of a workload with what it is sent. redis is nil where there is none behind it.
type subject struct {
	gateway gateway
	redis   *process
	request request
}

// measure sends each subject its request in turn, as many rounds as there are to be, and adds what their middle rounds
// gave to the report. A short round before warms up.
func (b *bench) measure(ctx context.Context, r *report, workload string, subjects ...subject) error {
	rounds := make([][]result, len(subjects))
	for n := range b.rounds + 1 {
		d := time.Duration(b.seconds) * time.Second
		if n == 0 {
			d = time.Second
		}
		for i, s := range subjects {
			measured, err := b.round(ctx, s, d)
			if err != nil {
				return fmt.Errorf("%s of %s: %w", workload, s.gateway.name, err)
			}
			if n > 0 {
				rounds[i] = append(rounds[i], measured)
			}
		}
	}
	for i, s := range subjects {
		m := middle(rounds[i])
		m.Workload, m.Gateway = workload, s.gateway.name
		r.Results = append(r.Results, m)
	}
	return nil
}

// round sends one subject its request for the time d.
func (b *bench) round(ctx context.Context, s subject, d time.Duration) (result, error) {
	before, err := s.cpu()
	if err != nil {
		return result{}, err
	}
	a, err := wrk(ctx, b.script, b.connections, d, s.request)
	if err != nil {
		return result{}, err
	}
	after, err := s.cpu()
	if err != nil {
		return result{}, err
	}
	perRequest := func(i int) float64 {
		return float64((after[i] - before[i]).Microseconds()) / float64(a.Requests)
	}
	return result{
		RequestsPerSecond: float64(a.Requests) / (float64(a.Us) / 1e6),
		P50ms:             a.P50 / 1e3, P99ms: a.P99 / 1e3,
		GatewayCPU: perRequest(0), RedisCPU: perRequest(1), Errors: a.Errors,
	}, nil
}

// cpu returns the CPU time used by the gateway and by its Redis.
func (s *subject) cpu() (used [2]time.Duration, err error) {
	if used[0], err = s.gateway.cpu(); err != nil || s.redis == nil {
		return used, err
	}
	used[1], err = s.redis.cpu()
	return used, err
}
