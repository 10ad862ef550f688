// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/handlers/meter"
)

// The tests of how requests are read need neither a store nor control data: KV storage stays disabled, so that a data
// operation whose request is accepted ends in kv_disabled, the last refusal of all.

// adminToken and projectToken are known to fakeControl.
var (
	adminToken   = access.NewToken(access.APIKey)
	projectToken = access.NewToken(access.DeploymentToken)
)

// fakeControl knows two tokens and project 1, and takes everything else that it is asked to keep.
type fakeControl struct{}

func (fakeControl) Authenticate(_ context.Context, t access.Token) (*access.Principal, error) {
	switch t {
	case adminToken:
		return &access.Principal{ID: "a", Name: "admin", Permissions: access.SystemAdmin}, nil
	case projectToken:
		return &access.Principal{ID: "p", Name: "project", Permissions: access.KvRead | access.KvWrite, Project: 1}, nil
	}
	return nil, kv.ErrUnauthorized
}

func (fakeControl) ProjectLimits(context.Context, kv.ProjectID) (access.ProjectLimits, error) {
	return access.ProjectLimits{}, nil
}
func (fakeControl) UpdateProject(_ context.Context, id kv.ProjectID, c access.ProjectChange) (access.Project, error) {
	return access.Project{ID: id, CreatedAt: time.Now()}.With(c), nil
}
func (fakeControl) HasProject(_ context.Context, _ kv.ProjectID) (bool, error) { return true, nil }

func (fakeControl) CreateProject(_ context.Context, n access.NewProject) (access.Project, error) {
	return access.Project{ID: max(n.ID, 1), Name: n.Name, CreatedAt: time.Now()}, nil
}
func (fakeControl) ListProjects(context.Context) ([]access.Project, error) { return nil, nil }
func (fakeControl) Project(_ context.Context, id kv.ProjectID) (access.Project, error) {
	return access.Project{ID: id}, nil
}
func (fakeControl) DeleteProject(context.Context, kv.ProjectID) error { return nil }
func (fakeControl) AddCredential(_ context.Context, c access.Credential, _ access.TokenHash) (access.Credential, error) {
	c.ID = "c"
	return c, nil
}
func (fakeControl) Tokens(context.Context, kv.ProjectID) ([]access.Credential, error) {
	return nil, nil
}
func (fakeControl) RevokeToken(context.Context, kv.ProjectID, string) error { return nil }
func (fakeControl) APIKeys(context.Context) ([]access.Credential, error)    { return nil, nil }
func (fakeControl) RevokeAPIKey(context.Context, string, bool) error        { return nil }
func (fakeControl) RecordAudit(context.Context, access.AuditEntry) error    { return nil }
func (fakeControl) AuditEntries(context.Context, int, string) ([]access.AuditEntry, string, error) {
	return nil, "", nil
}

func (fakeControl) Settings(context.Context) (engine.Settings, error) {
	return engine.DefaultSettings(), nil
}
func (fakeControl) SaveSettings(context.Context, engine.Settings) error {
	return nil
}
func (fakeControl) Deletions(context.Context) ([]engine.Deletion, error) { return nil, nil }
func (fakeControl) Deleted(context.Context, kv.ProjectID) error          { return nil }
func (fakeControl) Unverified(context.Context) ([]kv.ProjectID, error)   { return nil, nil }
func (fakeControl) Verify(context.Context, []kv.ProjectID) error         { return nil }
func (fakeControl) Document(context.Context, string) (string, error)     { return "", nil }
func (fakeControl) SwapDocument(context.Context, string, string, string) (bool, error) {
	return true, nil
}

// newDisabledAPI returns a handler set whose KV storage is disabled.
func newDisabledAPI(tb testing.TB, origins ...string) *handlers.API {
	tb.Helper()
	service := lifecycle.New(fakeControl{}, lifecycle.Config{})
	run(tb, service)
	return handlers.New(handlers.Deps{Service: service, Control: fakeControl{}, CORSOrigins: origins})
}

// run runs a service that is off until the test ends. It returns once the service knows that it is.
func run(tb testing.TB, service *lifecycle.Service) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && err != context.Canceled {
			tb.Error(err)
		}
	})
	for deadline := time.Now().Add(2 * time.Minute); ; <-time.After(time.Millisecond) {
		if _, err := service.Acquire(); errors.Is(err, kv.ErrDisabled) {
			return
		} else if time.Now().After(deadline) {
			tb.Fatalf("the service has not read its settings: %v", err)
		}
	}
}

// call sends one request to a handler, under the watch.
func call(h http.Handler, method, path, token, body string) *httptest.ResponseRecorder {
	r, w := unwatched(h, method, path, token, body)
	watch.See(r, []byte(body), w.Result(), w.Body.Bytes())
	return w
}

// unwatched is call without the watch, for tests that send very many bodies and know by themselves what the document
// says of each.
func unwatched(h http.Handler, method, path, token, body string) (*http.Request, *httptest.ResponseRecorder) {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, reader)
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return r, w
}

// constant is a store that costs nothing, so that what is measured is the way to it and back.
type constant struct{ kv.Store }

func (constant) Get(context.Context, kv.ProjectID, kv.Key) (kv.Value, error) {
	return kv.Value(`{"name":"Alice"}`), nil
}

func (constant) Set(context.Context, kv.ProjectID, kv.Key, kv.Value, kv.SetOptions) (bool, error) {
	return true, nil
}
func (constant) MSet(context.Context, kv.ProjectID, []kv.Entry) error { return nil }
func (constant) Close() error                                         { return nil }

type fakeEngine struct{ store kv.Store }

func (fakeEngine) Supports(engine.Settings) error                              { return nil }
func (e fakeEngine) Enable(context.Context, engine.Settings) (kv.Store, error) { return e.store, nil }
func (e fakeEngine) Update(context.Context, engine.Settings, engine.Settings) (kv.Store, error) {
	return nil, nil
}
func (fakeEngine) Disable(context.Context) error                { return nil }
func (fakeEngine) Probe(context.Context) (engine.Server, error) { return engine.Server{}, nil }

// panicking is a store with a fault.
type panicking struct{ kv.Store }

func (panicking) Get(context.Context, kv.ProjectID, kv.Key) (kv.Value, error) { panic("s3cret") }
func (panicking) Close() error                                                { return nil }

func newConstantAPI(tb testing.TB) *handlers.API  { return newAPIOn(tb, constant{}) }
func newPanickingAPI(tb testing.TB) *handlers.API { return newAPIOn(tb, panicking{}) }

// newAPIOn returns a handler set on that store.
func newAPIOn(tb testing.TB, store kv.Store) *handlers.API {
	tb.Helper()
	return newLimitedAPIOn(tb, store, nil)
}

// newLimitedAPIOn is newAPIOn with limits.
func newLimitedAPIOn(tb testing.TB, store kv.Store, limiter *limits.Limiter) *handlers.API {
	tb.Helper()
	service := lifecycle.New(fakeControl{}, lifecycle.Config{
		Engines: map[engine.Name]engine.Driver{engine.Embedded: {Engine: fakeEngine{store}}},
		Choose:  func(context.Context) engine.Name { return engine.Embedded },
	})
	run(tb, service)
	if _, err := service.Enable(tb.Context(), engine.Change{}); err != nil {
		tb.Fatal(err)
	}
	return handlers.New(handlers.Deps{Service: service, Control: fakeControl{}, Limiter: limiter, Meter: meter.New(time.Now())})
}
