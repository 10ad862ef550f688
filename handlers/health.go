// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// readyTime bounds the check: it is less than the second that Kubernetes waits.
	readyTime = 800 * time.Millisecond
	// readyAge is how long a result is used again.
	readyAge = time.Second
)

// readiness is the last result. Requests that come during a check wait for it.
type readiness struct {
	mu  sync.Mutex
	at  time.Time
	why string
}

// registerHealth adds what Kubernetes and load balancers ask. A process that is alive answers /livez, whatever becomes of
// Redis: a restart would not fix that. /readyz is 503 while requests to the data would be refused that may be taken
// again later, so that they go to another server if one is better off. While the service is off it is 200: that is what
// an operator wants, and they have to reach it to turn it on. A server that turns itself on is not ready before that.
func (a *API) registerHealth() {
	a.route("/livez", text("ok"))
	a.route("/readyz", func(w http.ResponseWriter, r *http.Request) {
		why := a.unready(r.Context())
		if why == "" {
			text("ok")(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(why + "\n"))
	})
}

// unready says why requests should not be sent here, empty if they should.
func (a *API) unready(ctx context.Context) string {
	select {
	case <-a.drained:
		return "draining"
	default:
	}
	a.readiness.mu.Lock()
	defer a.readiness.mu.Unlock()
	if a.readiness.at.IsZero() || a.now().Sub(a.readiness.at) >= readyAge {
		// The caller may leave: others wait for the result too.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTime)
		defer cancel()
		a.readiness.why = a.trouble(ctx)
		a.readiness.at = a.now()
	}
	return a.readiness.why
}

// trouble checks the control data and the store, and says what is wrong.
func (a *API) trouble(ctx context.Context) string {
	a.service.Ready(ctx)
	if _, err := a.control.HasProject(ctx, 1); err != nil {
		if refusal, ok := errors.AsType[*kv.Refusal](err); ok {
			return refusal.Detail
		}
		return "the control data cannot be reached"
	}
	lease, err := a.service.AcquireFor(ctx, 0)
	var refusal *kv.Refusal
	switch {
	case errors.Is(err, kv.ErrDisabled) && a.pending != nil:
		return a.pending()
	case errors.Is(err, kv.ErrDisabled):
		return ""
	case errors.As(err, &refusal):
		return refusal.Detail
	case err != nil:
		return "the store is not open"
	}
	lease.Release()
	status := a.service.Status(ctx)
	if status.Healthy {
		return ""
	}
	if slices.ContainsFunc(status.Server.Warnings, func(w engine.Warning) bool { return w.Code == engine.WarnWrites }) {
		return "the store refuses writes"
	}
	return "the store does not answer"
}
