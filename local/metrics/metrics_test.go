// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// picked returns the samples with these names, "absent" for a missing one.
func picked(samples, like map[string]float64) map[string]float64 {
	found := map[string]float64{}
	for name := range like {
		if value, ok := samples[name]; ok {
			found[name] = value
		}
	}
	return found
}

func TestScrapeWhileOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	off := w.scrape()
	want := map[string]float64{"tempskv_engine_enabled": 0, "tempskv_engine_up": 0, "tempskv_control_up": 1}
	if diff := cmp.Diff(want, picked(off, want)); diff != "" {
		t.Errorf("while off: %s", diff)
	}
	w.call(201, "POST", "/api/projects", w.admin, `{"name":"a"}`)
	w.call(503, "POST", "/api/kv/get", w.admin, `{"key":"k","project_id":1}`)
	want = map[string]float64{
		`tempskv_requests_total{operation="kvGet",status="503"}`:    1,
		`tempskv_store_duration_seconds_count{operation="kvGet"}`:   0,
		`tempskv_store_errors_total{kind="unavailable"}`:            0, // it is off, which is no fault
		`tempskv_gateway_duration_seconds_count{operation="kvGet"}`: 1,
	}
	if diff := cmp.Diff(want, picked(w.scrape(), want)); diff != "" {
		t.Errorf("while off: %s", diff)
	}
}

func TestScrape(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.call(200, "POST", "/api/kv/enable", w.admin, `{"max_memory":"64kb"}`)
	w.call(201, "POST", "/api/projects", w.admin, `{"name":"secret-project"}`)
	for range 3 {
		w.call(200, "POST", "/api/kv/set", w.admin, `{"key":"secret-key","value":"secret-value","project_id":1}`)
	}
	w.call(507, "POST", "/api/kv/set", w.admin, `{"key":"large","value":"`+strings.Repeat("x", 100_000)+`","project_id":1}`)
	w.call(401, "POST", "/api/kv/get", "dt_secret", `{"key":"secret-key"}`)
	w.call(404, "GET", "/secret-path", w.admin, "")
	got := w.scrape()
	const sets = "tempskv_coalescing_batch_size_sum" // the last may be counted a moment after its answer
	for deadline := time.Now().Add(2 * time.Minute); got[sets] < 4 && time.Now().Before(deadline); <-time.After(time.Millisecond) {
		got = w.scrape()
	}
	want := map[string]float64{
		`tempskv_requests_total{operation="kvSet",status="200"}`:               3,
		`tempskv_requests_total{operation="kvSet",status="507"}`:               1,
		`tempskv_requests_total{operation="kvGet",status="401"}`:               1,
		`tempskv_requests_total{operation="kvGet",status="200"}`:               0,
		`tempskv_requests_total{operation="createProject",status="201"}`:       1,
		`tempskv_requests_total{operation="other",status="404"}`:               1,
		`tempskv_request_memory_max_bytes`:                                     1 << 20,
		`tempskv_request_memory_bytes`:                                         0,
		`tempskv_http_connections`:                                             3,
		`tempskv_http_connections_max`:                                         8,
		`tempskv_http_connections_refused_total`:                               5,
		`tempskv_requests_in_flight`:                                           0,
		`tempskv_request_duration_seconds_count{operation="kvSet"}`:            4,
		`tempskv_request_duration_seconds_bucket{operation="kvSet",le="+Inf"}`: 4,
		`tempskv_gateway_duration_seconds_count{operation="kvSet"}`:            4,
		`tempskv_store_duration_seconds_count{operation="kvSet"}`:              4,
		`tempskv_store_duration_seconds_count{operation="kvGet"}`:              0,
		`tempskv_store_errors_total{kind="out_of_memory"}`:                     1,
		`tempskv_store_errors_total{kind="timeout"}`:                           0,
		`tempskv_coalescing_depth{state="waiting"}`:                            0,
		sets:                                4,
		`tempskv_engine_enabled`:            1,
		`tempskv_engine_up`:                 1,
		`tempskv_engine_memory_max_bytes`:   64 << 10,
		`tempskv_control_up`:                1,
		`tempskv_projects`:                  1,
		`tempskv_project_keys{project="1"}`: 1,
		`tempskv_token_cache_entries`:       1,
		`tempskv_token_cache_misses_total`:  0,
	}
	if diff := cmp.Diff(want, picked(got, want)); diff != "" {
		t.Error(diff)
	}
	sum := func(part string) float64 { return got["tempskv_"+part+`_duration_seconds_sum{operation="kvSet"}`] }
	if whole, parts := sum("request"), sum("gateway")+sum("store"); parts < whole*0.999 || parts > whole*1.001 || sum("store") <= 0 {
		t.Errorf("a request takes %v, its parts %v", whole, parts)
	}
	if got["tempskv_engine_memory_used_bytes"] <= 0 || got["go_goroutines"] <= 0 || got["process_start_time_seconds"] <= 0 {
		t.Errorf("memory, goroutines or the start are missing: %v", got)
	}
	if strings.Contains(w.text(), "secret") {
		t.Error("the page contains a key, a value, a token, a path or the name of a project")
	}
}

// promtool skips the test where there is no promtool.
func promtool(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv(redistest.RequireAll) != "" {
			t.Fatal("promtool is not in PATH")
		}
		t.Skip("skipped: this test needs promtool, which is not in PATH (Debian: apt install prometheus)")
	}
	return exec.CommandContext(t.Context(), path, args...)
}

// TestPageIsSound checks the page with promtool.
func TestPageIsSound(t *testing.T) {
	t.Parallel()
	check := promtool(t, "check", "metrics")
	w := newWorld(t)
	w.call(200, "POST", "/api/kv/enable", w.admin, `{"max_memory":"1mb"}`)
	w.call(201, "POST", "/api/projects", w.admin, `{"name":"a"}`)
	check.Stdin = strings.NewReader(w.text())
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
	broken := promtool(t, "check", "metrics")
	broken.Stdin = strings.NewReader(strings.ReplaceAll(w.text(), "tempskv_requests_total", "tempskv_requests"))
	if out, err := broken.CombinedOutput(); err == nil {
		t.Errorf("a counter that is named as none is not found: %s", out)
	}
}
