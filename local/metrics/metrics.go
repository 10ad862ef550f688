// SPDX-License-Identifier: Apache-2.0

// Package metrics exports what the program measures to Prometheus. The code that handles requests does not depend on it:
// counters are read, and states are queried, at each scrape. The program imports it, and Lambda does not.
//
// No label holds a key, a value, a token, or the name of a project.
package metrics

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/handlers/meter"
	"github.com/tempskv/tempskv/infra/control"
	"github.com/tempskv/tempskv/runtime/server"
)

// scrapeTime bounds a scrape: less than the 10 seconds that Prometheus waits. What is unknown by then is left out.
const scrapeTime = 8 * time.Second

// Control is what a scrape reads from the control data.
type Control interface {
	HasProject(ctx context.Context, id kv.ProjectID) (bool, error)
	ListProjects(ctx context.Context) ([]access.Project, error)
	CacheStats() control.CacheStats
	AuditDropped(kind access.AuditKind) uint64
	BackupSchedule(ctx context.Context) (archive.Schedule, error)
}

// Config is the source of the metrics. All fields are required except those with a default.
type Config struct {
	Version string // of the program
	Meter   *meter.Meter
	Service *lifecycle.Service
	Control Control
	// Keys returns how many keys projects have. It bounds how many projects that are.
	Keys func(ctx context.Context) (map[kv.ProjectID]int64, error)
	// Skipped returns how many refused calls were not recorded in the audit log.
	Skipped func() uint64
	// Memory returns the state of the budget for what requests hold. Default: there is none.
	Memory func() limits.Memory
	// Connections returns the state of the connections of clients. Default: it is not known.
	Connections func() server.Connections
	// Schedule returns the schedule of backups by the wall clock as it is now. Default: that of Control, with the dates that it has.
	Schedule func(ctx context.Context) (archive.Schedule, error)
}

// Metrics answers scrapes. It is made by New.
type Metrics struct {
	Config
	fixed prometheus.Gatherer // of the process
	one   chan struct{}       // holds a token while a scrape runs
}

// New returns the page.
func New(c Config) *Metrics {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		scrape(func(out chan<- prometheus.Metric) { out <- buildInfo.gauge(1, c.Version, runtime.Version()) }))
	if c.Schedule == nil {
		c.Schedule = c.Control.BackupSchedule
	}
	return &Metrics{Config: c, fixed: process, one: make(chan struct{}, 1)}
}

// ServeHTTP answers a scrape, after the earlier ones.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), scrapeTime)
	defer cancel()
	select {
	case m.one <- struct{}{}:
		defer func() { <-m.one }()
	case <-ctx.Done():
		http.Error(w, "an earlier scrape is still running", http.StatusServiceUnavailable)
		return
	}
	now := prometheus.NewRegistry()
	now.MustRegister(scrape(func(out chan<- prometheus.Metric) {
		m.requests(out)
		m.memory(out)
		m.http(out)
		m.store(out)
		m.engine(ctx, out)
		m.control(ctx, out)
		m.backups(ctx, out)
	}))
	promhttp.HandlerFor(prometheus.Gatherers{m.fixed, now}, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// scrape is a collector that reads everything at each scrape.
type scrape func(out chan<- prometheus.Metric)

// Describe sends nothing: the metrics are only known at a scrape.
func (scrape) Describe(chan<- *prometheus.Desc) {}

// Collect is called by each scrape.
func (s scrape) Collect(out chan<- prometheus.Metric) { s(out) }
