// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers"
)

// progress is an event as a client reads it.
type progress struct {
	Action string
	Done   bool
	Error  string
}

// TestEvents follows the service from another connection, over a server whose own write timeout is short.
func TestEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	server := httptest.NewUnstartedServer(w.api)
	server.Config.WriteTimeout = time.Second
	server.Start()
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/kv/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.admin)
	answer, err := server.Client().Do(request)
	for deadline := time.Now().Add(2 * time.Minute); err != nil && time.Now().Before(deadline); { // a busy machine begins too late
		answer, err = server.Client().Do(request)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("answered %d %s", answer.StatusCode, got)
	}
	lines := bufio.NewScanner(answer.Body)
	next := func(action string) progress {
		t.Helper()
		for lines.Scan() {
			var p progress
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if ok && json.Unmarshal([]byte(data), &p) == nil && p.Action == action && p.Done {
				return p
			}
		}
		t.Fatalf("the events ended before %s: %v", action, lines.Err())
		return progress{}
	}
	next("start") // that reads the settings
	<-time.After(2 * server.Config.WriteTimeout)
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	if p := next("enable"); p.Error != "" {
		t.Errorf("enable ended in %q", p.Error)
	}
	w.api.Drain()
	for lines.Scan() {
	}
	if err := lines.Err(); err != nil {
		t.Errorf("draining broke the events off: %v", err)
	}
}

func TestEventsArePermitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	w.refused("permission_denied", w.token(w.project("p"), ""), "GET", "/api/kv/events", "")
	w.refused("unauthorized", "", "GET", "/api/kv/events", "")
}

func TestPurgeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	w.refused("kv_not_enabled", w.admin, "DELETE", "/api/kv/engine", "")
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	w.refused("not_supported", w.admin, "DELETE", "/api/kv/engine", "") // the engine embedded never does it
	w.want(200, w.admin, "DELETE", "/api/kv/disable", "")
	w.refused("not_supported", w.admin, "DELETE", "/api/kv/engine", "")
	w.refused("permission_denied", w.token(w.project("p"), ""), "DELETE", "/api/kv/engine", "")
}
