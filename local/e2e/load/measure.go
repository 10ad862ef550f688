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
	Errors            int64   `json:"errors"`         // in all rounds
}

// task is what is measured of subjects in turns.
type task struct {
	workload                     string
	connections, rounds, seconds int
	keys                         int
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
	if b.WarmUp {
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
	perRequest := func(i int) float64 {
		return float64((after[i] - before[i]).Microseconds()) / float64(a.Requests)
	}
	return result{
		Workload: t.workload, Gateway: s.gateway.name, Connections: t.connections, Keys: t.keys,
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

// medians returns the median of each figure of the rounds of each subject, and their errors together.
func medians(subjects [][]result) (all []result) {
	for _, rounds := range subjects {
		m := rounds[0]
		m.RequestsPerSecond = medianOf(rounds, func(r result) float64 { return r.RequestsPerSecond })
		m.P50ms = medianOf(rounds, func(r result) float64 { return r.P50ms })
		m.P99ms = medianOf(rounds, func(r result) float64 { return r.P99ms })
		m.GatewayCPU = medianOf(rounds, func(r result) float64 { return r.GatewayCPU })
		m.RedisCPU = medianOf(rounds, func(r result) float64 { return r.RedisCPU })
		m.Errors = 0
		for _, r := range rounds {
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
