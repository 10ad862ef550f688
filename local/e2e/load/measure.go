// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// subject is one gateway with what it is sent. redis is nil where there is none behind it.
type subject struct {
	gateway gateway
	redis   *process
	request request
}

// result is what one gateway did with one workload.
type result struct {
	Workload          string  `json:"workload"`
	Gateway           string  `json:"gateway"`
	Connections       int     `json:"connections"`
	Keys              int     `json:"keys,omitzero"` // that are stored, where that is what the workload is about
	RequestsPerSecond float64 `json:"requests_per_second"`
	P50ms             float64 `json:"p50_ms"`
	P99ms             float64 `json:"p99_ms"`
	GatewayCPU        float64 `json:"gateway_cpu_us"` // per request
	RedisCPU          float64 `json:"redis_cpu_us"`   // per request
	Refused           int64   `json:"refused"`        // with a status that is not of success, in all rounds
	Errors            int64   `json:"errors"`         // those, and what was not answered
}

// task is what is measured of subjects in turns.
type task struct {
	workload                     string
	connections, rounds, seconds int
	keys                         int
	warm                         bool // the workload was measured before
}

// measure returns the rounds of each subject. The subjects take turns in each round. A short round before warms up.
func (b *bench) measure(ctx context.Context, t task, subjects ...subject) ([][]result, error) {
	for _, s := range subjects {
		if err := s.probe(ctx); err != nil {
			return nil, fmt.Errorf("%s of %s: %w", t.workload, s.gateway.name, err)
		}
	}
	all := make([][]result, len(subjects))
	first := 1
	if b.WarmUp && !t.warm {
		first = 0
	}
	for n := first; n <= t.rounds; n++ {
		d := time.Duration(t.seconds) * time.Second
		if n == 0 {
			d = time.Second
		}
		for i, s := range subjects {
			m, err := b.round(ctx, t, s, d)
			if err != nil {
				return nil, fmt.Errorf("%s of %s: %w", t.workload, s.gateway.name, err)
			}
			if n > 0 {
				all[i] = append(all[i], m)
			}
		}
	}
	return all, nil
}

// round sends one subject its request for the time d.
func (b *bench) round(ctx context.Context, t task, s subject, d time.Duration) (result, error) {
	before, err := s.cpu()
	if err != nil {
		return result{}, err
	}
	a, err := wrk(ctx, b.script, t.connections, d, s.request)
	if err != nil {
		return result{}, err
	}
	after, err := s.cpu()
	if err != nil {
		return result{}, err
	}
	if err := s.settle(ctx, after); err != nil {
		return result{}, err
	}
	return result{
		Workload: t.workload, Gateway: s.gateway.name, Connections: t.connections, Keys: t.keys,
		RequestsPerSecond: a.perSecond(), P50ms: a.P50 / 1e3, P99ms: a.P99 / 1e3,
		GatewayCPU: a.perRequest(after[0] - before[0]), RedisCPU: a.perRequest(after[1] - before[1]), Refused: a.Refused, Errors: a.Errors,
	}, nil
}

// settle waits until a gateway and its Redis have done what was under way when wrk ended, so that it takes no time from
// the next one: until they use hardly any, or for some seconds.
func (s *subject) settle(ctx context.Context, used [2]time.Duration) error {
	const look, hardly, longest = 100 * time.Millisecond, 20 * time.Millisecond, 5 * time.Second
	for range longest / look {
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return ctx.Err()
		}
		now, err := s.cpu()
		if err != nil {
			return err
		}
		if now[0]-used[0]+now[1]-used[1] <= hardly {
			return nil
		}
		used = now
	}
	return nil
}

// cpu returns the CPU time used by the gateway and by its Redis.
func (s *subject) cpu() (used [2]time.Duration, err error) {
	if used[0], err = s.gateway.cpu(); err != nil || s.redis == nil {
		return used, err
	}
	used[1], err = s.redis.cpu()
	return used, err
}

// medians returns the median of each figure of the rounds of each subject, and their errors together.
func medians(subjects [][]result) (all []result) {
	for _, rounds := range subjects {
		m := rounds[0]
		m.RequestsPerSecond = medianOf(rounds, func(r result) float64 { return r.RequestsPerSecond })
		m.P50ms = medianOf(rounds, func(r result) float64 { return r.P50ms })
		m.P99ms = medianOf(rounds, func(r result) float64 { return r.P99ms })
		m.GatewayCPU = medianOf(rounds, func(r result) float64 { return r.GatewayCPU })
		m.RedisCPU = medianOf(rounds, func(r result) float64 { return r.RedisCPU })
		m.Refused, m.Errors = 0, 0
		for _, r := range rounds {
			m.Refused += r.Refused
			m.Errors += r.Errors
		}
		all = append(all, m)
	}
	return all
}

func medianOf[T any](all []T, figure func(T) float64) float64 {
	var figures []float64
	for _, one := range all {
		figures = append(figures, figure(one))
	}
	return median(figures)
}

// median returns the one in the middle of the figures, the higher one of two; the zero value if there are none.
func median[N cmp.Ordered](figures []N) (m N) {
	if len(figures) == 0 {
		return m
	}
	sorted := slices.Sorted(slices.Values(figures))
	return sorted[len(sorted)/2]
}
