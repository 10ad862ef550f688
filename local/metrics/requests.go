// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tempskv/tempskv/handlers/meter"
)

// requests exports the counts of the meter. Operations on data are exported from the start, so no rate misses the first
// request; the others once they were used.
func (m *Metrics) requests(out chan<- prometheus.Metric) {
	out <- inFlight.gauge(float64(m.Meter.InFlight()))
	for _, r := range m.Meter.Requests() {
		used := r.Kind.Data()
		for status, n := range r.Statuses {
			if n > 0 || r.Kind.Data() {
				out <- requests.counter(n, r.Name, statusLabel(status))
				used = true
			}
		}
		if used && r.Kind != meter.Stream {
			out <- duration.times(r.Took, r.Name)
		}
		if r.Kind.Data() {
			out <- gateway.times(r.Gateway, r.Name)
			out <- storeTime.times(r.Store, r.Name)
		}
	}
	for fault, n := range m.Meter.Faults() {
		out <- storeErrors.counter(n, fault.String())
	}
}

func statusLabel(status int) string {
	if status == 0 {
		return "other"
	}
	return strconv.Itoa(status)
}

// times returns a histogram of durations, in seconds.
func (m metric) times(h meter.Histogram, operation string) prometheus.Metric {
	bound := func(i int) float64 { return meter.Bounds[i].Seconds() }
	return m.histogram(h.Counts[:], h.Sum.Seconds(), bound, operation)
}
