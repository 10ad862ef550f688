// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	proto "go.opentelemetry.io/proto/otlp/trace/v1"
	googleproto "google.golang.org/protobuf/proto"
)

// client sends spans by OTLP over HTTP, in protobuf. The client of OpenTelemetry, otlptracehttp, does the same and more, but the
// package of its messages imports gRPC: a program that serves HTTP grows from 5.7 to 13.9 MB by it.
type client struct {
	url     string
	headers http.Header
	http    *http.Client
}

// newClient reads the environment as OpenTelemetry's specification of the exporter has it: the variable for traces, else
// that for all signals. Errors name the variable.
func newClient(variable func(string) string) (*client, error) {
	of := func(name string) (value, from string) {
		for _, from := range []string{"OTEL_EXPORTER_OTLP_TRACES_" + name, "OTEL_EXPORTER_OTLP_" + name} {
			if value := variable(from); value != "" {
				return value, from
			}
		}
		return "", "OTEL_EXPORTER_OTLP_" + name
	}
	endpoint, from := of("ENDPOINT")
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New(from + ": must be a URL such as http://127.0.0.1:4318")
	}
	if !strings.HasPrefix(from, "OTEL_EXPORTER_OTLP_TRACES_") {
		u = u.JoinPath("v1", "traces")
	}
	if protocol, from := of("PROTOCOL"); protocol != "" && protocol != "http/protobuf" {
		return nil, fmt.Errorf("%s: only http/protobuf is there, not %q", from, protocol)
	}
	c := &client{url: u.String(), headers: http.Header{"Content-Type": {"application/x-protobuf"}},
		http: &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the headers are for the collector that was named
		}}}
	if text, from := of("TIMEOUT"); text != "" {
		ms, err := strconv.ParseUint(text, 10, 31)
		if err != nil || ms == 0 {
			return nil, fmt.Errorf("%s: must be milliseconds, not %q", from, text)
		}
		c.http.Timeout = time.Duration(ms) * time.Millisecond
	}
	headers, from := of("HEADERS")
	for pair := range strings.SplitSeq(headers, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil {
			return nil, errors.New(from + ": must be name=value, several with commas") // and is not shown: it may be secret
		}
		c.headers.Set(strings.TrimSpace(name), value)
	}
	return c, nil
}

// Start and Stop are otlptrace.Client's: there is nothing to do.
func (*client) Start(context.Context) error { return nil }

// Stop does nothing.
func (*client) Stop(context.Context) error { return nil }

// UploadTraces sends spans, once: telling of requests must not cost more than the requests.
func (c *client) UploadTraces(ctx context.Context, spans []*proto.ResourceSpans) error {
	// TracesData has the form of the request.
	body, err := googleproto.Marshal(&proto.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header = c.headers.Clone()
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10) // so that the connection is used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answered %s", answer.Status)
	}
	return nil
}
