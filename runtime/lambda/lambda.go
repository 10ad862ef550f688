// SPDX-License-Identifier: Apache-2.0

// Package lambda serves an http.Handler as an AWS Lambda function: it takes the events of API Gateway (REST and HTTP
// APIs) and of function URLs, and answers them as net/http would answer the request behind them. It knows nothing of
// what it serves. The bootstrap imports it.
//
// The events become requests through aws-lambda-go-api-proxy. What that gets wrong is made up for here: see request.go
// and answer.go.
package lambda

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// margin is what is kept of an invocation's time for the answer.
	margin = 250 * time.Millisecond
	// grace is how much of it the handler may still take to say itself that its time is over.
	grace = 150 * time.Millisecond
)

// API is what is served: the handler set.
type API interface {
	http.Handler
	// Fail responds to a request that never came to ServeHTTP, or whose answer cannot be used.
	Fail(w http.ResponseWriter, r *http.Request, err error)
}

// Config is what may be set. The zero value works.
type Config struct {
	// Scheduled is called for every event that is no request, such as those of an EventBridge schedule, with the time
	// that the invocation has. What it returns is logged: such an event never fails. Default: nothing is done.
	Scheduled func(ctx context.Context) error
	// Log takes panics, and what Scheduled ends in. Default: none.
	Log *slog.Logger
}

// Handler is the lambda.Handler of aws-lambda-go over an API.
type Handler struct {
	api       API
	scheduled func(ctx context.Context) error
	log       *slog.Logger
}

// New returns a handler.
func New(a API, c Config) *Handler {
	h := &Handler{api: a, scheduled: c.Scheduled, log: cmp.Or(c.Log, slog.New(slog.DiscardHandler))}
	if h.scheduled == nil {
		h.scheduled = func(context.Context) error { return nil }
	}
	return h
}

// Invoke answers one event. It returns no error: whatever goes wrong is an answer that says so.
func (h *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
		defer cancel()
	}
	var e event
	if err := json.Unmarshal(payload, &e); err != nil || !e.isRequest() {
		h.runScheduled(ctx)
		return []byte("null"), nil
	}
	r, err := e.request(ctx)
	if err != nil {
		return h.fail(&e, r, err), nil
	}
	a := h.serve(r)
	encoded, fits := e.encode(a)
	if !fits {
		return h.fail(&e, r, kv.Refuse(kv.ErrTooLarge,
			"the answer is larger than the function may return: ask for less at once")), nil
	}
	return encoded, nil
}

// fail returns the response to a request that does not reach the API, or whose response cannot be used.
func (h *Handler) fail(e *event, r *http.Request, err error) []byte {
	a := newAnswer()
	h.api.Fail(a, r, err)
	encoded, _ := e.encode(a.finish(r))
	return encoded
}

// runScheduled does what an event asks for that is no request.
func (h *Handler) runScheduled(ctx context.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			h.logPanic(cause, "")
		}
	}()
	if err := h.scheduled(ctx); err != nil {
		h.log.Warn("scheduled work; the next event goes on with it", "error", err)
	}
}
