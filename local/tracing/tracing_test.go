// SPDX-License-Identifier: Apache-2.0

package tracing_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	proto "go.opentelemetry.io/proto/otlp/trace/v1"
	googleproto "google.golang.org/protobuf/proto"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/local/tracing"
)

const (
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceparent = "00-" + traceID + "-00f067aa0ba902b7-01"
)

// collector takes spans by OTLP over HTTP.
type collector struct {
	*httptest.Server
	mu     sync.Mutex
	spans  []*proto.Span
	raw    []byte
	header http.Header
	path   string
}

func newCollector(t *testing.T) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent proto.TracesData
		if err == nil {
			err = googleproto.Unmarshal(body, &sent)
		}
		if err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw, c.header, c.path = append(c.raw, body...), r.Header, r.URL.Path
		for _, of := range sent.ResourceSpans {
			for _, scope := range of.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func open(t *testing.T, env map[string]string, log *slog.Logger) (*tracing.Tracing, error) {
	lookup := func(name string) (string, bool) {
		text, ok := env[name]
		return text, ok
	}
	return tracing.Open(t.Context(), "1.2.3", lookup, log)
}

// send sends a request with headers to h, wrapped.
func send(t *testing.T, tr *tracing.Tracing, h http.Handler, path string, header http.Header) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader("{}"))
	r.Header = header
	tr.Wrap(h).ServeHTTP(httptest.NewRecorder(), r)
}

// Whatever a caller chooses of a request stays out of its span.
func TestSpansHoldNothingThatCallersChoose(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	tr, err := open(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	const secret = "s3cret"
	header := http.Header{"Traceparent": {traceparent}}
	for _, name := range []string{"User-Agent", "X-Forwarded-For", "Forwarded", "X-Real-Ip", "Referer", "Origin", "Cookie", "X-Request-Id",
		"Idempotency-Key", "Baggage", "X-Custom"} {
		header.Set(name, secret)
	}
	header.Set("Tracestate", "vendor="+secret)
	mux := http.NewServeMux()
	mux.HandleFunc("/api/things/{id}", func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "{}" || r.Host != secret || r.PathValue("id") != secret || r.Header.Get("User-Agent") != secret {
			t.Errorf("the handler got %v with body %q, %v", r, body, err)
		}
	})
	for _, method := range []string{http.MethodGet, secret, "get"} {
		r := httptest.NewRequestWithContext(t.Context(), method, "/api/things/"+secret+"?"+secret, strings.NewReader("{}"))
		r.Header, r.Host = header, secret
		tr.Wrap(mux).ServeHTTP(httptest.NewRecorder(), r)
	}
	if err := tr.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(bytes.ToLower(c.raw), []byte(secret)) {
		t.Errorf("the collector was told what the caller chose: %q", c.raw)
	}
	var got []string
	for _, span := range c.spans {
		method := ""
		for _, a := range span.Attributes {
			if a.Key == "http.request.method" {
				method = a.Value.GetStringValue()
			}
			if a.Key == "http.request.method_original" {
				t.Errorf("a span of %s has %v", span.Name, a)
			}
		}
		got = append(got, span.Name+", "+method)
	}
	if diff := cmp.Diff([]string{"GET /api/things/{id}, GET", "HTTP, _OTHER", "HTTP, _OTHER"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	tr, err := open(t, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL, "OTEL_EXPORTER_OTLP_HEADERS": "x-team=kv%20store,,",
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/things/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, end := tr.Span(r.Context(), "get")
		end(fmt.Errorf("redis: secret: %w", kv.ErrTimeout))
		w.WriteHeader(http.StatusGatewayTimeout)
	})
	mux.HandleFunc("/", http.NotFound)
	header := http.Header{"Traceparent": {traceparent}, "Authorization": {"Bearer secret"}}
	send(t, tr, mux, "/api/things/secret?q=secret", header)
	send(t, tr, mux, "/secret", http.Header{})
	send(t, tr, mux, "/livez", header)
	if err := tr.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]*proto.Span{}
	for _, span := range c.spans {
		got[span.Name] = span
	}
	request, store, other := got["POST /api/things/{id}"], got["store get"], got["POST"]
	if len(c.spans) != 3 || request == nil || store == nil || other == nil {
		t.Fatalf("got %v", c.spans)
	}
	if fmt.Sprintf("%x", request.TraceId) != traceID || fmt.Sprintf("%x", request.ParentSpanId) != "00f067aa0ba902b7" {
		t.Errorf("the request is not the caller's: %v", request)
	}
	if !bytes.Equal(store.ParentSpanId, request.SpanId) || store.Status.GetCode() != proto.Status_STATUS_CODE_ERROR {
		t.Errorf("got %v", store)
	}
	if bytes.Equal(other.TraceId, request.TraceId) {
		t.Error("a request without a trace has another one's")
	}
	if bytes.Contains(c.raw, []byte("secret")) {
		t.Error("the collector was told a path, a query, a token or the text of an error")
	}
	if c.path != "/v1/traces" || c.header.Get("X-Team") != "kv store" || !bytes.Contains(c.raw, []byte("tempskv")) {
		t.Errorf("sent to %s with %v", c.path, c.header)
	}
}

func TestLogTellsTheTrace(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	for _, tt := range []struct {
		name, sent, want string
		env              map[string]string
	}{
		{"no collector", traceparent, traceID, nil},
		{"no collector, no trace", "", "", nil},
		{"not a trace", "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01", "", nil},
		{"an attempt to write lines", "00-\n{}", "", nil},
		{"collector", traceparent, traceID, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL}},
		{"turned off", traceparent, traceID, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "x", "OTEL_SDK_DISABLED": "true"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var lines bytes.Buffer
			log := slog.New(tracing.Log(slog.NewJSONHandler(&lines, nil)))
			tr, err := open(t, tt.env, log)
			if err != nil {
				t.Fatal(err)
			}
			header := http.Header{}
			if tt.sent != "" {
				header.Set("Traceparent", tt.sent)
			}
			send(t, tr, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				log.With("a", 1).WarnContext(r.Context(), "line")
			}), "/", header)
			if err := tr.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			var line struct {
				TraceID string `json:"trace_id"`
			}
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Fatalf("%q: %v", &lines, err)
			}
			if diff := cmp.Diff(tt.want, line.TraceID); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEnvironmentIsRefusedByName(t *testing.T) {
	t.Parallel()
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	for name, env := range map[string]map[string]string{
		endpoint:                             {endpoint: "127.0.0.1:4318"},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "ftp://x", endpoint: "http://x"},
		"OTEL_EXPORTER_OTLP_PROTOCOL":        {endpoint: "http://x", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		"OTEL_EXPORTER_OTLP_TIMEOUT":         {endpoint: "http://x", "OTEL_EXPORTER_OTLP_TIMEOUT": "10s"},
		"OTEL_EXPORTER_OTLP_TRACES_HEADERS":  {endpoint: "http://x", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "s3cret"},
	} {
		_, err := open(t, env, slog.New(slog.DiscardHandler))
		if err == nil || !strings.HasPrefix(err.Error(), name+": ") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v: got %v, want an error that begins with %s", env, err, name)
		}
	}
}

// A collector that cannot be reached costs the spans, and nothing else. It is not tested together with others: what OpenTelemetry
// has to tell of it goes to the log that was opened last.
func TestCollectorAway(t *testing.T) {
	c := newCollector(t)
	c.Close()
	tr, err := open(t, map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": c.URL}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	answered := false
	send(t, tr, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered = true }), "/", http.Header{})
	if err := tr.Close(t.Context()); err != nil || !answered {
		t.Errorf("answered: %t; closing ends in %v", answered, err)
	}
}
