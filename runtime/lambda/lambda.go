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
	"errors"
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
	// Scheduled is called for the events of a schedule, with the time that the invocation has. Its error is that of the
	// invocation, which Lambda counts as failed. Default: nothing is done.
	Scheduled func(ctx context.Context) error
	// BasePath is the base path of the function's custom domains, such as /kv. Requests come with it or without. It is needed where
	// the events do not name their route: with a route $default, or behind a CDN. Default: none.
	BasePath string
	// Below returns a request that knows the path below which the client found the API, such as the stage /prod or the base
	// path /kv. Its own path is without that. Default: it does not know.
	Below func(r *http.Request, path string) *http.Request
	// Log takes panics, and events that are not understood. Default: none.
	Log *slog.Logger
	// Lines is the handler of Log and of whatever else is to have the ids of the invocation in its lines. Default: no line has.
	Lines *Log
	// Metrics gets a line for each request. Default: there are none.
	Metrics *Metrics
}

// Handler is the lambda.Handler of aws-lambda-go over an API.
type Handler struct {
	api       API
	scheduled func(ctx context.Context) error
	basePath  string
	below     func(r *http.Request, path string) *http.Request
	log       *slog.Logger
	lines     *Log
	metrics   *Metrics
}

// New returns a handler.
func New(a API, c Config) *Handler {
	h := &Handler{
		api: a, scheduled: c.Scheduled, basePath: c.BasePath, below: c.Below, log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)),
		lines: cmp.Or(c.Lines, NewLog(slog.DiscardHandler)), metrics: c.Metrics,
	}
	if h.scheduled == nil {
		h.scheduled = func(context.Context) error { return nil }
	}
	if h.below == nil {
		h.below = func(r *http.Request, _ string) *http.Request { return r }
	}
	return h
}

// ErrEvent is the error of an invocation whose event is neither an HTTP request nor that of a schedule.
var ErrEvent = errors.New("the event is neither an HTTP request of API Gateway or a function URL, nor that of a schedule")

// Invoke answers one event. Whatever goes wrong with a request is a response that says so, and not an error. Errors: ErrEvent, those
// of Config.Scheduled.
func (h *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
		defer cancel()
	}
	defer h.lines.follow(ctx)()
	var e event
	switch err := json.Unmarshal(payload, &e); {
	case err == nil && e.isRequest():
		return h.respond(ctx, &e), nil
	case err == nil && e.isScheduled(payload):
		return []byte("null"), h.runScheduled(ctx)
	}
	h.log.ErrorContext(ctx, ErrEvent.Error(), "bytes", len(payload))
	return nil, ErrEvent
}

// respond returns the response to the request behind an event.
func (h *Handler) respond(ctx context.Context, e *event) []byte {
	began := time.Now()
	prefix, path := e.splitPath(h.basePath)
	r, err := e.request(ctx, path)
	r = h.below(r, prefix)
	var a *answer
	if err != nil {
		a = h.refuse(r, err)
	} else {
		a = h.serve(r)
	}
	encoded, fits := e.encode(a)
	if !fits {
		a = h.refuse(r, kv.Refuse(kv.ErrTooLarge, "the answer is larger than the function may return: ask for less at once"))
		encoded, _ = e.encode(a)
	}
	if h.metrics != nil {
		h.metrics.write(ctx, h.metrics.Operation(r), a, began)
	}
	return encoded
}

// refuse answers a request that does not reach the API, or whose answer cannot be used.
func (h *Handler) refuse(r *http.Request, err error) *answer {
	a := newAnswer()
	h.api.Fail(a, r, err)
	return a.finish(r)
}

// runScheduled does what the event of a schedule asks for. A panic is an error.
func (h *Handler) runScheduled(ctx context.Context) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			h.logPanic(ctx, cause, "")
			err = errPanic
		}
	}()
	if err = h.scheduled(ctx); err != nil {
		h.log.ErrorContext(ctx, "scheduled work failed; the next event goes on with it", "error", err) // Lambda does not log it
	}
	return err
}
