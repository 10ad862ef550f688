// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
)

// memory exports what requests hold.
func (m *Metrics) memory(out chan<- prometheus.Metric) {
	if m.Memory == nil {
		return
	}
	state := m.Memory()
	out <- requestMemory.gauge(float64(state.Taken))
	out <- requestMemoryMax.gauge(float64(state.Max))
	out <- requestMemoryRefused.counter(uint64(state.Refused))
}

// http exports the connections of clients.
func (m *Metrics) http(out chan<- prometheus.Metric) {
	if m.Connections == nil {
		return
	}
	state := m.Connections()
	out <- httpConnections.gauge(float64(state.Open))
	out <- httpConnectionsMax.gauge(float64(state.Max))
	out <- httpRefused.counter(state.Refused)
}

// store exports how busy the open store is.
func (m *Metrics) store(out chan<- prometheus.Metric) {
	lease, err := m.Service.Acquire()
	if err != nil {
		return
	}
	defer lease.Release()
	stats := lease.Stats()
	out <- queued.gauge(float64(stats.Waiting), "waiting")
	out <- queued.gauge(float64(stats.Sent), "sent")
	bound := func(i int) float64 { return float64(uint64(1) << i) }
	out <- batches.histogram(stats.Batches.Sizes[:], float64(stats.Batches.Calls), bound)
	for _, pool := range stats.Pools {
		out <- connections.gauge(float64(pool.Idle), pool.Name, "idle")
		out <- connections.gauge(float64(pool.Open-pool.Idle), pool.Name, "used")
		out <- poolWaits.counter(pool.Waits, pool.Name)
		out <- poolTimeout.counter(pool.Timeouts, pool.Name)
	}
}

// engine exports the current state of the engine.
func (m *Metrics) engine(ctx context.Context, out chan<- prometheus.Metric) {
	s := m.Service.Status(ctx)
	out <- engineEnabled.flag(s.Settings.Enabled)
	out <- engineUp.flag(s.Settings.Enabled && s.Healthy)
	warned := map[engine.WarningCode]bool{}
	for _, w := range s.Warnings {
		if !warned[w.Code] {
			warned[w.Code] = true
			out <- warning.gauge(1, string(w.Code))
		}
	}
	if !s.Settings.Enabled {
		return
	}
	if limit := s.Server.MaxMemory; limit != nil && *limit > 0 {
		out <- memoryMax.gauge(float64(*limit))
	}
	if persists := s.Server.Persistence; persists != nil {
		out <- persistence.flag(*persists)
	}
	if s.Healthy {
		out <- engineInfo.gauge(1, string(s.Settings.Engine), s.Server.Version, string(s.Server.Eviction))
		out <- memoryUsed.gauge(float64(s.Server.UsedMemory))
	}
}

// control exports projects and tokens, as far as they are known if the control data cannot be reached.
func (m *Metrics) control(ctx context.Context, out chan<- prometheus.Metric) {
	_, err := m.Control.HasProject(ctx, 1)
	out <- controlUp.flag(err == nil)
	cache := m.Control.CacheStats()
	out <- cacheEntries.gauge(float64(cache.Entries))
	out <- cacheHits.counter(cache.Hits)
	out <- cacheMisses.counter(cache.Misses)
	out <- auditDropped.counter(m.Skipped(), "repeated")
	for kind := range access.AuditKind(access.AuditKinds) {
		if kind != access.AuditAdmin { // which are removed by age
			out <- auditDropped.counter(m.Control.AuditDropped(kind), kind.String())
		}
	}
	if all, err := m.Control.ListProjects(ctx); err == nil {
		out <- projects.gauge(float64(len(all)))
	}
	keys, err := m.Keys(ctx)
	if err != nil {
		return
	}
	for id, n := range keys {
		out <- projectKeys.gauge(float64(n), strconv.FormatInt(int64(id), 10))
	}
}

// backups exports the state of scheduled backups.
func (m *Metrics) backups(ctx context.Context, out chan<- prometheus.Metric) {
	schedule, err := m.Schedule(ctx)
	if err != nil {
		return
	}
	if !schedule.LastSuccess.IsZero() {
		out <- backupLast.gauge(float64(schedule.LastSuccess.Unix()))
	}
	if next := schedule.Next(); !next.IsZero() {
		out <- backupNext.gauge(float64(next.Unix()))
	}
	out <- backupOverdue.flag(schedule.Overdue(time.Now()))
	out <- backupFailing.flag(schedule.LastError != "")
}
