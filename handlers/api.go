// SPDX-License-Identifier: Apache-2.0

// Package handlers is the HTTP interface of tempskv: every operation of the wire contract as a huma operation, and
// the one http.Handler that each runtime serves. It is the only package that imports huma; the mains import it.
package handlers

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/handlers/meter"
	"github.com/tempskv/tempskv/handlers/sessions"
)

// API is the handler set.
type API struct {
	service   *lifecycle.Service
	control   access.Access
	bounds    Bounds
	limiter   *limits.Limiter // nil where nothing is limited
	whole     bool
	basePath  string                   // empty, or such as /kv
	origins   atomic.Pointer[[]string] // of pages that may call the API
	log       *slog.Logger
	now       func() time.Time
	huma      huma.API // has the operations once the document is asked for
	mux       *http.ServeMux
	direct    map[string]directRoute // path -> data operation of a POST, found without mux
	routes    map[string][]string    // path -> methods
	dataPaths []string               // of POST, without the base path
	pages     Pages                  // nil where there are none
	names     map[string]string      // route -> id of its operation
	described []func()               // adds each operation to the document
	openapi   func() *huma.OpenAPI
	refused   refusals // that the audit log has
	held      *limits.Refusals
	backups   Backups // nil where none are kept
	exports   exportSlots

	sessions    access.Sessions
	sessionTime time.Duration
	setupCode   *sessions.SetupCode
	links       sessions.Links
	attempts    sessions.Attempts
	signIns     sessions.Pace    // of one API key
	recorded    sessions.Pace    // of one caller who is no administrator: sign-ins that are in the audit log
	meter       *meter.Meter     // nil where no statistics are kept
	others      *meter.Operation // counts what is no operation
	span        Span             // nil where nothing is traced
	keyCounts   keyCounts
	readiness   readiness
	pending     func() string // nil where the server does not turn itself on
	system      func(context.Context) (System, error)

	drained   chan struct{} // closed by Drain
	drainOnce sync.Once
}

// New builds the handler set.
func New(d Deps) *API {
	setGlobals()
	mux := http.NewServeMux()
	a := &API{
		service: d.Service, control: d.Control, bounds: d.Bounds.withDefaults(), limiter: d.Limiter, whole: d.Whole, basePath: d.BasePath,
		log: d.Log, backups: d.Backups, held: d.Refusals,
		now: time.Now, mux: mux, direct: map[string]directRoute{}, routes: map[string][]string{}, names: map[string]string{}, drained: make(chan struct{}),
		sessions: d.Sessions, setupCode: cmp.Or(d.SetupCode, &sessions.SetupCode{}), sessionTime: cmp.Or(d.SessionTime, DefaultSessionTime), system: d.System,
		signIns:  sessions.Pace{Burst: 60, Every: 10 * time.Second},
		recorded: sessions.Pace{Burst: 10, Every: 10 * time.Minute},
		meter:    d.Meter, span: d.Span, pending: d.Pending,
	}
	a.SetCORSOrigins(d.CORSOrigins)
	a.others = a.counted(otherOperation, meter.Other)
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	a.huma = huma.NewAPI(newConfig(d.BasePath), documentOnly{})
	a.openapi = a.document()
	a.registerDataOperations()
	a.registerManagement()
	a.registerAccess()
	a.registerPages(d.Docs, d.Dashboard)
	a.registerMetrics(d.Metrics)
	a.registerRefusals()
	return a
}

// registerDataOperations adds the data operations.
func (a *API) registerDataOperations() {
	registerGet(a)
	registerSet(a)
	registerDel(a)
	registerIncr(a)
	registerExpire(a)
	registerTTL(a)
	registerPersist(a)
	registerExists(a)
	registerDescribe(a)
	registerMGet(a)
	registerMSet(a)
	registerKeys(a)
	registerScan(a)
	registerRead(a)
	registerExport(a)
}

// registerManagement adds what turns the service on and off.
func (a *API) registerManagement() {
	registerStatus(a)
	registerEnable(a)
	registerUpdate(a)
	registerDisable(a)
	registerPurge(a)
	registerAcceptEmpty(a)
	registerEvents(a)
	registerStats(a)
	registerSystem(a)
	registerBackups(a)
}

// registerAccess adds projects and who may reach them.
func (a *API) registerAccess() {
	registerProjects(a)
	registerTokens(a)
	registerAPIKeys(a)
	registerAudit(a)
	registerSession(a)
	registerSessionLink(a)
	registerSessions(a)
}

// Drain makes /readyz fail from now on, so that no new requests are sent here; those that come are still answered. Events
// end.
func (a *API) Drain() { a.drainOnce.Do(func() { close(a.drained) }) }
