// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package operator_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

var metricsURL = regexp.MustCompile(`http://127\.0\.0\.1:\d+/metrics`)

// TestMonitoring watches a server, as Prometheus, Kubernetes and a collector of traces do, while its Redis goes.
func TestMonitoring(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	traces := make(chan string, 1000)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		traces <- r.URL.Path + string(body)
	}))
	t.Cleanup(collector.Close)
	env := []string{"TEMPSKV_ADMIN_KEY=" + e2e.AdminKey, "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL}
	s := e2e.ServeWith(t, env, t.TempDir(), "--metrics-addr", "127.0.0.1:0", "--log-level", "debug")
	s.Enable(e2e.Object{"engine": "external", "redis_url": redis.URL})
	_, token := s.CreateProject("secret-project")
	s.As(token).Expect(t, "set", e2e.Object{"key": "secret-key", "value": "secret-value"}, `{"result":"OK"}`)
	page := metricsURL.FindString(s.Log.String())
	scraped(t, page, "tempskv_engine_up 1", `tempskv_requests_total{operation="kvSet",status="200"} 1`,
		`tempskv_pool_connections{pool="pipelines",state="`, `tempskv_coalescing_batch_size_count `)
	health(t, s, "/readyz", http.StatusOK)

	redis.Kill()
	scraped(t, page, "tempskv_engine_up 0")
	health(t, s, "/readyz", http.StatusServiceUnavailable)
	health(t, s, "/livez", http.StatusOK)
	redis.Restart()
	scraped(t, page, "tempskv_engine_up 1")
	health(t, s, "/readyz", http.StatusOK)

	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/kv/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	e2e.Eventually(t, "the log to have the trace id", func() string {
		for line := range strings.Lines(s.Log.String()) {
			if strings.Contains(line, trace) && strings.Contains(line, "GET /api/kv/status") {
				return ""
			}
		}
		return s.Log.String()
	})
	s.Terminate()
	close(traces)
	sent := ""
	for body := range traces {
		sent += body
	}
	for _, want := range []string{"/v1/traces", "store set", "POST /api/kv/set", "GET /api/kv/status"} {
		if !strings.Contains(sent, want) {
			t.Errorf("the collector did not get %s", want)
		}
	}
	if strings.Contains(sent, "secret") || strings.Contains(sent, token) {
		t.Error("the collector got a key, a value, a token or the name of a project")
	}
}

// scraped waits until the page has such lines.
func scraped(t *testing.T, page string, lines ...string) {
	t.Helper()
	e2e.Eventually(t, "the metrics to report it", func() string {
		answer, err := http.Get(page)
		if err != nil {
			return err.Error()
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			return err.Error()
		}
		for _, line := range lines {
			if !strings.Contains(string(text), "\n"+line) {
				return "there is no " + line
			}
		}
		return ""
	})
}

// health waits until a path answers so.
func health(t *testing.T, s *e2e.Server, path string, status int) {
	t.Helper()
	e2e.Eventually(t, path, func() string {
		if r := s.As("").Do(t, http.MethodGet, path, nil); r.Status != status {
			return r.String()
		}
		return ""
	})
}
