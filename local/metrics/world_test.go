// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/handlers/meter"
	"github.com/tempskv/tempskv/local/metrics"
	"github.com/tempskv/tempskv/local/servicetest"
	"github.com/tempskv/tempskv/runtime/server"
)

// world is a handler with real parts, wired as in the program.
type world struct {
	t         *testing.T
	api       *handlers.API
	page      *metrics.Metrics
	admin     string // an API key with SystemAdmin
	schedules archive.Schedules
}

func newWorld(t *testing.T) *world {
	t.Helper()
	service, store := servicetest.RunEmbedded(t)
	key, err := store.CreateFirstKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, admin: string(key), schedules: store}
	measured := meter.New(time.Now())
	w.page = metrics.New(metrics.Config{
		Connections: func() server.Connections { return server.Connections{Open: 3, Max: 8, Refused: 5} },
		Memory:      limits.New(limits.Config{Memory: 1 << 20}).Memory,
		Version:     "1.2.3", Meter: measured, Service: service, Control: store,
		Keys:    func(ctx context.Context) (map[kv.ProjectID]int64, error) { return w.api.ProjectKeys(ctx) },
		Skipped: func() uint64 { return w.api.RefusalsSkipped() },
	})
	w.api = handlers.New(handlers.Deps{Service: service, Control: store, Meter: measured, Metrics: w.page})
	return w
}

// schedule stores a schedule of backups and its last result.
func (w *world) schedule(p archive.Schedule) {
	w.t.Helper()
	before, err := w.schedules.BackupSchedule(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if done, err := w.schedules.SwapBackupSchedule(w.t.Context(), before, p); err != nil || !done {
		w.t.Fatalf("the schedule is not changed: %v", err)
	}
}

// call sends a request and expects the status.
func (w *world) call(status int, method, path, token, body string) {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	if w.api.ServeHTTP(answer, r); answer.Code != status {
		w.t.Fatalf("%s %s: answered %d %s, want %d", method, path, answer.Code, answer.Body, status)
	}
}

// text scrapes the page.
func (w *world) text() string {
	w.t.Helper()
	answer := httptest.NewRecorder()
	w.page.ServeHTTP(answer, httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		w.t.Fatalf("answered %d %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// scrape returns the samples of the page, by name and labels as written there.
func (w *world) scrape() map[string]float64 {
	w.t.Helper()
	samples := map[string]float64{}
	for line := range strings.Lines(w.text()) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64)
		if err != nil {
			w.t.Fatalf("%q: %v", line, err)
		}
		samples[line[:at]] = value
	}
	return samples
}
