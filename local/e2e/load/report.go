// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// result is what one gateway did with one workload: its round in the middle by requests per second.
type result struct {
	Workload          string  `json:"workload"`
	Gateway           string  `json:"gateway"`
	RequestsPerSecond float64 `json:"requests_per_second"`
	P50ms             float64 `json:"p50_ms"`
	P99ms             float64 `json:"p99_ms"`
	GatewayCPU        float64 `json:"gateway_cpu_us"` // per request
	RedisCPU          float64 `json:"redis_cpu_us"`   // per request
	Errors            int64   `json:"errors"`         // in all rounds
}

// report is what a run finds out.
type report struct {
	CPUs        int         `json:"cpus"`
	Connections int         `json:"connections"`
	Seconds     int         `json:"seconds"`
	Rounds      int         `json:"rounds"`
	FsyncMs     float64     `json:"fsync_ms"`
	StartMs     float64     `json:"start_ms"` // from the start of the process to its first answer
	MemoryMB    float64     `json:"memory_mb"`
	Results     []result    `json:"results"`
	Neighbours  []neighbour `json:"neighbours"`
	// VsWebdis is the requests per second of get by those of webdis, 0 where that is not installed.
	VsWebdis float64 `json:"get_vs_webdis,omitzero"`
	// VsNoop is the gateway's CPU time of a get by that of the no-op.
	VsNoop float64 `json:"get_cpu_vs_noop"`
}

// compare sets the ratios from the results.
func (r *report) compare() {
	r.VsWebdis = r.ratio("webdis", func(m result) float64 { return m.RequestsPerSecond })
	r.VsNoop = r.ratio("no-op", func(m result) float64 { return m.GatewayCPU })
}

// ratio returns the figure of this server for get by that of another gateway, 0 if that is not there.
func (r *report) ratio(other string, figure func(result) float64) float64 {
	var ours, theirs float64
	for _, m := range r.Results {
		switch {
		case m.Workload == "get" && m.Gateway == "tempskv":
			ours = figure(m)
		case m.Workload == "get" && m.Gateway == other:
			theirs = figure(m)
		}
	}
	if theirs == 0 {
		return 0
	}
	return ours / theirs
}

func (r *report) print(out io.Writer) error {
	if len(r.Results) == 0 {
		return r.printNeighbours(out)
	}
	fmt.Fprintf(out, "%d CPUs, %d connections over one thread of wrk, the middle one of %d rounds of %d s; an fsync takes %.2f ms\n\n",
		r.CPUs, r.Connections, r.Rounds, r.Seconds, r.FsyncMs)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "workload\tgateway\trequests/s\tp50 ms\tp99 ms\tCPU us\tRedis CPU us\terrors\t")
	for _, w := range r.Results {
		fmt.Fprintf(table, "%s\t%s\t%.0f\t%.2f\t%.2f\t%.1f\t%.1f\t%d\t\n", w.Workload, w.Gateway,
			w.RequestsPerSecond, w.P50ms, w.P99ms, w.GatewayCPU, w.RedisCPU, w.Errors)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(r.Neighbours) > 0 {
		if err := r.printNeighbours(out); err != nil {
			return err
		}
	}
	if r.VsWebdis > 0 {
		fmt.Fprintf(out, "\nget: %.2f of webdis's requests per second (aim: 0.9 or more)", r.VsWebdis)
	}
	fmt.Fprintf(out, "\nget: %.2f times the no-op's CPU (aim: 1.5 or less)", r.VsNoop)
	fmt.Fprintf(out, "\nstart to first answer: %.0f ms (aim: below 300)", r.StartMs)
	_, err := fmt.Fprintf(out, "\nmemory at rest: %.1f MB (aim: below 40)\n", r.MemoryMB)
	return err
}

// printNeighbours prints how a project fares during another's flood, and how many times as long its slowest requests take
// as where nothing keeps the one from the other.
func (r *report) printNeighbours(out io.Writer) error {
	fmt.Fprintf(out, "\n%d gets a second of one project, next to a flood on %d connections of another; an mget is of %d keys; the "+
		"middle one of %d rounds of %d s by p99\n\n", neighbourConnections*int(time.Second/paceEvery), floodConnections, manyKeys,
		r.Rounds, r.Seconds)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "flood\tmax-in-flight\tanswered/s\tp50 ms\tp99 ms\tof none\tfailed\tflood answered/s\trefused/s\t")
	var none neighbour // of the same flood
	for _, n := range r.Neighbours {
		if n.Flood != none.Flood || none.Setting == "" {
			none = n
		}
		fmt.Fprintf(table, "%s\t%s\t%.0f\t%.2f\t%.2f\t%.2f\t%d\t%.0f\t%.0f\t\n", cmp.Or(n.Flood, "no"), n.Setting,
			n.RequestsPerSecond, n.P50ms, n.P99ms, n.P99ms/none.P99ms, n.Failed, n.FloodAnswered, n.FloodRefused)
	}
	return table.Flush()
}

// middle returns the round that is in the middle by requests per second, with the errors of all rounds.
func middle(rounds []result) result {
	slices.SortFunc(rounds, func(a, b result) int { return cmp.Compare(a.RequestsPerSecond, b.RequestsPerSecond) })
	m := rounds[len(rounds)/2]
	m.Errors = 0
	for _, r := range rounds {
		m.Errors += r.Errors
	}
	return m
}
