// SPDX-License-Identifier: Apache-2.0

package metrics

import "github.com/prometheus/client_golang/prometheus"

// metric is the name, the meaning and the labels of what is shown.
type metric struct{ *prometheus.Desc }

func describe(name, help string, labels ...string) metric {
	return metric{prometheus.NewDesc(name, help, labels, nil)}
}

// The metrics. Dashboard and alerts in local/packaging name them, and so do those that operators write: a name stays.
var (
	buildInfo = describe("tempskv_build_info", "Always 1; the labels tell the version of tempskv and of Go.",
		"version", "go_version")

	requests = describe("tempskv_requests_total",
		"Requests answered, by the operation's id in the OpenAPI document (other: none of them) and by status.",
		"operation", "status")
	inFlight = describe("tempskv_requests_in_flight", "Requests that have come and are not answered.")
	duration = describe("tempskv_request_duration_seconds",
		"From the headers of a request to the end of its answer, its body and the store included.", "operation")
	gateway = describe("tempskv_gateway_duration_seconds",
		"What tempskv_request_duration_seconds has beside tempskv_store_duration_seconds, of operations on data.", "operation")
	storeTime = describe("tempskv_store_duration_seconds",
		"What the store took of a request on data, waiting for others to share a pipeline or transaction included.", "operation")
	storeErrors = describe("tempskv_store_errors_total", "Requests on data that the store failed in, by how.", "kind")

	queued = describe("tempskv_coalescing_depth",
		"Calls on their way to the store together with others: waiting to leave, or sent and not answered.", "state")
	batches = describe("tempskv_coalescing_batch_size",
		"How many calls shared a pipeline (Redis), or writes a transaction (embedded).")
	connections = describe("tempskv_pool_connections", "Connections to the store, by what goes out on them.", "pool", "state")
	poolWaits   = describe("tempskv_pool_waits_total", "Calls that had to wait for a connection.", "pool")
	poolTimeout = describe("tempskv_pool_timeouts_total", "Calls that got no connection in time.", "pool")

	engineEnabled = describe("tempskv_engine_enabled", "1 while the service is on.")
	engineUp      = describe("tempskv_engine_up", "1 if the engine answered this scrape.")
	engineInfo    = describe("tempskv_engine_info", "Always 1; the labels tell the engine, its server's version and "+
		"eviction policy, empty where that is not known.", "engine", "version", "eviction")
	persistence = describe("tempskv_engine_persistence", "1 if data survive a restart of the server, as it reports; absent where "+
		"that is not known.")
	warning    = describe("tempskv_warning", "1 for each kind of thing that the status warns of, by its code.", "code")
	memoryUsed = describe("tempskv_engine_memory_used_bytes", "Memory that the store uses, as it reports it.")
	memoryMax  = describe("tempskv_engine_memory_max_bytes", "The limit of that, as the server reports it; absent where none is "+
		"set, or it is not known.")

	backupLast = describe("tempskv_backup_last_success_timestamp_seconds",
		"When the latest backup of the whole service was begun, in seconds since 1970; absent before the first.")
	backupNext = describe("tempskv_backup_next_timestamp_seconds",
		"When the next backup is due, in seconds since 1970; absent where none is made by itself.")
	backupOverdue = describe("tempskv_backup_overdue", "1 if there should be a later backup than there is.")
	backupFailing = describe("tempskv_backup_failing", "1 if the last attempt to make a backup by itself failed.")

	controlUp   = describe("tempskv_control_up", "1 if the control data (projects, tokens, settings) can be answered from.")
	projects    = describe("tempskv_projects", "Projects that there are.")
	projectKeys = describe("tempskv_project_keys",
		"Keys of a project, counted every 5 minutes: of 200 projects at most, and at most 100000 of each.", "project")
	cacheEntries = describe("tempskv_token_cache_entries", "Tokens in memory.")
	cacheHits    = describe("tempskv_token_cache_hits_total", "Tokens that were looked up in memory.")
	cacheMisses  = describe("tempskv_token_cache_misses_total", "Tokens that had to be read.")
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

// histogram makes one of counts by class: bound tells the upper end of each but the last, which has none.
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
