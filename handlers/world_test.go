// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/handlers/meter"
	"github.com/tempskv/tempskv/handlers/sessions"
	"github.com/tempskv/tempskv/infra/backup/dir"
	control "github.com/tempskv/tempskv/infra/control/sqlite"
	"github.com/tempskv/tempskv/infra/embedded"
)

// world is a handler set on real parts: the embedded engine and control data in SQLite.
type world struct {
	t     *testing.T
	api   *handlers.API
	admin string // an API key with SystemAdmin

	control *control.Store
	invite  func() access.Token // makes a setup code
}

func newWorld(t *testing.T, sizes handlers.Bounds) *world {
	t.Helper()
	return newLimitedWorld(t, sizes, limits.Config{})
}

// newLimitedWorld is newWorld with limits in addition to those of projects. Operations have an hour unless sizes says how long:
// a busy machine may take more than the usual 10 s.
func newLimitedWorld(t *testing.T, sizes handlers.Bounds, c limits.Config) *world {
	t.Helper()
	sizes.Timeout = cmp.Or(sizes.Timeout, time.Hour)
	data := t.TempDir()
	store, err := control.Open(t.Context(), filepath.Join(data, "control.db"), control.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	key, err := store.CreateFirstKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The clock of the keys stands still, so that a time to live is what it was set to, however busy the machine is.
	opened := time.Now()
	keys := embedded.NewEngine(data, embedded.Config{Now: func() time.Time { return opened }})
	service := lifecycle.New(store, lifecycle.Config{
		Engines: map[engine.Name]engine.Driver{engine.Embedded: keys.Driver()},
		Choose:  func(context.Context) engine.Name { return engine.Embedded },
	})
	run(t, service)
	setup := &sessions.SetupCode{}
	kept := backups.New(backups.Config{
		Service: service, Control: store, Files: dir.New(filepath.Join(data, "backups")), Version: "1.2.3",
	})
	c.Limits = store.ProjectLimits
	api := handlers.New(handlers.Deps{
		Service: service, Control: store, Bounds: sizes, Limiter: limits.New(c), Backups: kept, Sessions: store, SetupCode: setup, Meter: meter.New(time.Now()), Metrics: metricsPage,
		System: fixedSystem,
	})
	invite := func() access.Token { return setup.New(time.Minute) }
	return &world{t: t, api: api, admin: string(key), control: store, invite: invite}
}

func fixedSystem(context.Context) (handlers.System, error) {
	return handlers.System{
		Version: "1.2.3", StartedAt: time.Now(),
		Settings: []handlers.SystemSetting{{Name: "addr", Value: ":80", From: "TEMPSKV_ADDR"}},
	}, nil
}

// newEnabledWorld is newWorld after enable.
func newEnabledWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, handlers.Bounds{})
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	return w
}

// want sends a request, demands the status, and returns the answer's body as JSON has it.
func (w *world) want(status int, token, method, path, body string) map[string]any {
	w.t.Helper()
	answer := call(w.api, method, path, token, body)
	if answer.Code != status {
		w.t.Fatalf("%s %s %.200s: answered %d %.300s, want %d", method, path, body, answer.Code, answer.Body, status)
	}
	var fields map[string]any
	if answer.Body.Len() > 0 {
		if err := json.Unmarshal(answer.Body.Bytes(), &fields); err != nil {
			w.t.Fatalf("%s %s: answered %q: %v", method, path, answer.Body, err)
		}
	}
	return fields
}

// do sends a data operation and demands success.
func (w *world) do(token, op, body string) map[string]any {
	w.t.Helper()
	return w.want(http.StatusOK, token, "POST", "/api/kv/"+op, body)
}

// refused sends a request, and demands a problem of that code.
func (w *world) refused(code, token, method, path, body string) {
	w.t.Helper()
	answer := call(w.api, method, path, token, body)
	if p := problemOf(w.t, answer); p.Code != code {
		w.t.Errorf("%s %s %.200s: got %d %s, want %s", method, path, body, answer.Code, answer.Body, code)
	}
}

// project creates a project and returns its id.
func (w *world) project(name string) int {
	w.t.Helper()
	return int(w.want(201, w.admin, "POST", "/api/projects", fmt.Sprintf(`{"name":%q}`, name))["id"].(float64))
}

// token makes a deployment token.
func (w *world) token(project int, fields string) string {
	w.t.Helper()
	return w.want(201, w.admin, "POST", fmt.Sprintf("/api/projects/%d/tokens", project), `{"name":"t"`+fields+`}`)["token"].(string)
}

// key makes an API key.
func (w *world) key(fields string) string {
	w.t.Helper()
	return w.want(201, w.admin, "POST", "/api/api-keys", `{"name":"k",`+fields+`}`)["token"].(string)
}

// metricsPage is where the program has Prometheus's.
var metricsPage = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page\n") })
