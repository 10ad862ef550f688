// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// around makes a span of each request.
func (t *Tracing) around(h http.Handler) http.Handler {
	spans := otelhttp.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(h, w, r) }), "request",
		otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(parent),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return name(r) }))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if routine(path.Base(r.URL.Path)) {
			h.ServeHTTP(w, r)
			return
		}
		spans.ServeHTTP(w, reported(r))
	})
}

// routine reports whether a request for what is last in its path is one of those that come all the time and say nothing. A base
// path may be before it.
func routine(name string) bool { return name == "livez" || name == "readyz" || name == "metrics" }

// sent is the key of the request itself in the context of the one that is reported. What outlives the handler must not read it: the
// memory of a request is used again.
type sent struct{}

// reported returns a request that has of r only what its span may hold: callers choose headers, host, path and method, and put
// into them whatever they like, a token for instance. Only the trace that it belongs to is kept of its headers.
func reported(r *http.Request) *http.Request {
	about := &http.Request{
		Method: http.MethodGet, URL: &url.URL{}, Header: http.Header{}, Proto: r.Proto, Body: r.Body, ContentLength: r.ContentLength,
		RemoteAddr: r.RemoteAddr, TLS: r.TLS,
	}
	if isKnown(r.Method) {
		about.Method = r.Method
	}
	if trace := r.Header["Traceparent"]; len(trace) == 1 {
		about.Header["Traceparent"] = trace
	}
	return about.WithContext(context.WithValue(r.Context(), sent{}, r))
}

// answer has h answer the request that about was made of, and adds its route to the span.
func answer(h http.Handler, w http.ResponseWriter, about *http.Request) {
	r := about.Context().Value(sent{}).(*http.Request).WithContext(about.Context())
	r.Body = about.Body
	span := trace.SpanFromContext(r.Context())
	if !isKnown(r.Method) {
		span.SetName(unknownMethod)
		span.SetAttributes(attribute.String("http.request.method", "_OTHER"))
	}
	defer func() {
		path := "/"
		if r.Pattern != "" {
			path = route(r)
		}
		span.SetAttributes(attribute.String("url.path", path))
		if isKnown(r.Method) {
			about.Pattern = r.Pattern
		}
	}()
	h.ServeHTTP(w, r)
}

// unknownMethod is the name of the span of a request whose method is not one of knownMethods. See the semantic conventions
// of OpenTelemetry for HTTP spans.
const unknownMethod = "HTTP"

// knownMethods are those of RFC 9110 and RFC 5789.
var knownMethods = []string{
	http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodPatch, http.MethodHead, http.MethodPut, http.MethodOptions,
	http.MethodConnect, http.MethodTrace,
}

func isKnown(method string) bool { return slices.Contains(knownMethods, method) }

// name is the method and the route of a request. A path without a route is left out, since callers choose it.
func name(r *http.Request) string {
	if r.Pattern == "" || r.Pattern == "/" {
		return r.Method
	}
	return r.Method + " " + route(r)
}

func route(r *http.Request) string { return r.Pattern[strings.IndexByte(r.Pattern, '/'):] }
