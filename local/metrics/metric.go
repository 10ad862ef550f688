// SPDX-License-Identifier: Apache-2.0

package metrics

import "github.com/prometheus/client_golang/prometheus"

// metric is the name, the help text and the labels of a metric.
type metric struct{ *prometheus.Desc }

func describe(name, help string, labels ...string) metric {
	return metric{prometheus.NewDesc(name, help, labels, nil)}
}

// The metrics. The dashboards and alerts in local/packaging, and those of operators, use their names: never change one.
var (
	buildInfo = describe("tempskv_build_info", "Always 1; the labels are the versions of tempskv and of Go.",
		"version", "go_version")

	requests = describe("tempskv_requests_total",
		"Requests answered, by the operation's id in the OpenAPI document (other: no operation) and by status.",
		"operation", "status")
	inFlight             = describe("tempskv_requests_in_flight", "Requests that are not answered yet.")
	requestMemory        = describe("tempskv_request_memory_bytes", "What the requests under way hold in memory: bodies, values and answers.")
	requestMemoryMax     = describe("tempskv_request_memory_max_bytes", "What they may hold together; a project may hold half of it.")
	requestMemoryRefused = describe("tempskv_request_memory_refused_total", "Requests that were refused because they got no memory (503).")
	httpConnections      = describe("tempskv_http_connections", "Connections of clients that are open.")
	httpConnectionsMax   = describe("tempskv_http_connections_max", "How many may be (--max-connections); three quarters of them from one address.")
	httpRefused          = describe("tempskv_http_connections_refused_total", "Connections that were closed at once, since too many were open.")
	duration             = describe("tempskv_request_duration_seconds",
		"From the headers of a request to the end of its answer, including its body and the store.", "operation")
	gateway = describe("tempskv_gateway_duration_seconds",
		"tempskv_request_duration_seconds without tempskv_store_duration_seconds, for operations on data.", "operation")
	storeTime = describe("tempskv_store_duration_seconds",
		"Time in the store for a request on data, including the wait to share a pipeline or transaction.", "operation")
	storeErrors = describe("tempskv_store_errors_total", "Requests on data that failed in the store, by kind of error.", "kind")

	queued = describe("tempskv_coalescing_depth",
		"Calls that are sent to the store in batches: waiting for a batch, or sent and not answered.", "state")
	batches = describe("tempskv_coalescing_batch_size",
		"How many calls shared a pipeline (Redis), or writes a transaction (embedded).")
	connections = describe("tempskv_pool_connections", "Connections to the store, by use and state.", "pool", "state")
	poolWaits   = describe("tempskv_pool_waits_total", "Calls that had to wait for a connection.", "pool")
	poolTimeout = describe("tempskv_pool_timeouts_total", "Calls that got no connection in time.", "pool")

	engineEnabled = describe("tempskv_engine_enabled", "1 while the service is on.")
	engineUp      = describe("tempskv_engine_up", "1 if the engine answered this scrape.")
	engineInfo    = describe("tempskv_engine_info", "Always 1; the labels are the engine, its server's version and "+
		"eviction policy, empty if unknown.", "engine", "version", "eviction")
	persistence = describe("tempskv_engine_persistence", "1 if data survive a restart of the server, as it reports; absent if "+
		"unknown.")
	warning    = describe("tempskv_warning", "1 for each warning in the status, by its code.", "code")
	memoryUsed = describe("tempskv_engine_memory_used_bytes", "Memory that the store uses, as it reports it.")
	memoryMax  = describe("tempskv_engine_memory_max_bytes", "The limit of that, as the server reports it; absent if none is "+
		"set, or it is unknown.")

	backupLast = describe("tempskv_backup_last_success_timestamp_seconds",
		"Start of the latest backup of the whole service, in seconds since 1970; absent before the first.")
	backupNext = describe("tempskv_backup_next_timestamp_seconds",
		"When the next backup is due, in seconds since 1970; absent if none is scheduled.")
	backupOverdue = describe("tempskv_backup_overdue", "1 if a backup is overdue.")
	backupFailing = describe("tempskv_backup_failing", "1 if the last scheduled backup failed.")

	controlUp   = describe("tempskv_control_up", "1 if the control data (projects, tokens, settings) can be read.")
	projects    = describe("tempskv_projects", "Number of projects.")
	projectKeys = describe("tempskv_project_keys",
		"Keys of a project, counted every 5 minutes: of 200 projects at most, and at most 100000 of each.", "project")
	cacheEntries = describe("tempskv_token_cache_entries", "Tokens in memory.")
	cacheHits    = describe("tempskv_token_cache_hits_total", "Tokens that were looked up in memory.")
	cacheMisses  = describe("tempskv_token_cache_misses_total", "Tokens that had to be read.")
	auditDropped = describe("tempskv_audit_dropped_total", "Entries that the audit log has lost since it is bounded: repeated "+
		"(refusals that were not recorded), and the oldest of acts, refused and anonymous.", "entries")
)

func (m metric) gauge(value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(m.Desc, prometheus.GaugeValue, value, labels...)
}

func (m metric) counter(value uint64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(m.Desc, prometheus.CounterValue, float64(value), labels...)
}

// flag is a gauge that is 1 or 0.
func (m metric) flag(set bool) prometheus.Metric {
	if set {
		return m.gauge(1)
	}
	return m.gauge(0)
}

// histogram converts counts by class: bound returns the upper bound of each class except the last.
func (m metric) histogram(counts []uint64, sum float64, bound func(i int) float64, labels ...string) prometheus.Metric {
	total, upTo := uint64(0), make(map[float64]uint64, len(counts))
	for i, n := range counts {
		total += n
		if i < len(counts)-1 {
			upTo[bound(i)] = total
		}
	}
	return prometheus.MustNewConstHistogram(m.Desc, total, sum, upTo, labels...)
}
