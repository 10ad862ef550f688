// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// Log adds to the lines of a log the trace that they belong to, where their context knows one.
func Log(to slog.Handler) slog.Handler { return traced{to} }

type traced struct{ slog.Handler }

// Handle writes a line.
func (t traced) Handle(ctx context.Context, line slog.Record) error {
	if of := trace.SpanContextFromContext(ctx); of.HasTraceID() {
		line = line.Clone()
		line.AddAttrs(slog.String("trace_id", of.TraceID().String()))
	}
	return t.Handler.Handle(ctx, line)
}

// WithAttrs is slog.Handler's.
func (t traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{t.Handler.WithAttrs(attrs)} }

// WithGroup is slog.Handler's.
func (t traced) WithGroup(name string) slog.Handler { return traced{t.Handler.WithGroup(name)} }
