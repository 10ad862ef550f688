// SPDX-License-Identifier: Apache-2.0

// Package tracing sends spans of requests to an OpenTelemetry collector, if one is named. With or without a collector it
// brings the id of the trace that a caller's request belongs to into the logs. The program imports it, and Lambda does not.
//
// Spans hold neither keys nor values, tokens or paths. What goes to Redis has no separate spans: requests share
// pipelines there, so that one of go-redis (redisotel) would stand below a request that it is none of. The span around
// what an operation asks of its store has the wait for the pipeline in it, and what came of it.
package tracing

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Tracing is made by Open.
type Tracing struct {
	provider *sdk.TracerProvider // nil where no collector is named
	tracer   trace.Tracer
}

// Open prepares to send spans to the collector that the environment names as OpenTelemetry has it:
// OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, and what else it says of headers, sampling and the
// name of the service. It connects to nothing yet. Errors name the variable.
func Open(ctx context.Context, version string, lookupEnv func(string) (string, bool), log *slog.Logger) (*Tracing, error) {
	if !wanted(lookupEnv) {
		return &Tracing{}, nil
	}
	c, err := newClient(func(name string) string { return text(lookupEnv, name) })
	if err != nil {
		return nil, err
	}
	exporter, err := otlptrace.New(ctx, c)
	if err != nil {
		return nil, err
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "tempskv"), attribute.String("service.version", version)),
		resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	// It is OpenTelemetry's, for the whole process: what cannot be sent has no caller to tell.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces", "error", err) }))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	return &Tracing{provider: provider, tracer: provider.Tracer("github.com/tempskv/tempskv")}, nil
}

// wanted reports whether the environment names a collector and does not turn tracing off.
func wanted(lookupEnv func(string) (string, bool)) bool {
	set := func(name string) string { return text(lookupEnv, name) }
	return !strings.EqualFold(set("OTEL_SDK_DISABLED"), "true") && !strings.EqualFold(set("OTEL_TRACES_EXPORTER"), "none") &&
		(set("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "")
}

// text returns the value of a variable, empty where it is not set.
func text(lookupEnv func(string) (string, bool), name string) string {
	value, _ := lookupEnv(name)
	return value
}

// closeTime bounds how long Close waits for the collector.
const closeTime = 5 * time.Second

// Close sends what is left.
func (t *Tracing) Close(ctx context.Context) error {
	if t.provider == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// parent reads the header traceparent. See W3C Trace Context.
var parent propagation.TraceContext

// Wrap stands around everything that answers requests: their contexts then know the trace.
func (t *Tracing) Wrap(h http.Handler) http.Handler {
	if t.provider == nil {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if len(r.Header["Traceparent"]) > 0 {
				r = r.WithContext(parent.Extract(r.Context(), propagation.HeaderCarrier(r.Header)))
			}
			h.ServeHTTP(w, r)
		})
	}
	return t.around(h)
}

// Traces reports whether spans are made.
func (t *Tracing) Traces() bool { return t.provider != nil }

// Span begins the span of what an operation asks of its store.
func (t *Tracing) Span(ctx context.Context, operation string) (context.Context, func(error)) {
	ctx, span := t.tracer.Start(ctx, "store "+operation, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("db.operation.name", operation)))
	return ctx, func(err error) {
		if err != nil {
			span.SetAttributes(attribute.String("error.type", kindOf(err)))
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// kinds are the errors of a store that are told apart. Their texts hold more than a collector is to know.
var kinds = []error{
	kv.ErrUnavailable, kv.ErrTimeout, kv.ErrOutcomeUnknown, kv.ErrStorageFull, kv.ErrOutOfMemory,
	kv.ErrTooLarge, kv.ErrTooManyKeys, kv.ErrNotInteger, kv.ErrOverflow, kv.ErrWrongType, kv.ErrInvalid,
}

func kindOf(err error) string {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return "_OTHER"
}
