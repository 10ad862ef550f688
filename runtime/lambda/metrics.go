// SPDX-License-Identifier: Apache-2.0

package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Metrics writes a line for each request, from which CloudWatch takes the metric duration, in milliseconds, by function, operation
// and status: how many there were, and how long they took. See "Embedded metric format" of CloudWatch. Only what is
// bounded is a dimension.
type Metrics struct {
	// Namespace is where CloudWatch keeps the metric.
	Namespace string
	// Function is the name of the function.
	Function string
	// Operation returns the name of the operation that a request is for: one of a fixed set.
	Operation func(r *http.Request) string
	// Out takes the lines: the log of the function.
	Out io.Writer

	mu sync.Mutex
}

// metricLine is a line. Its names are those of the format, and of the log.
type metricLine struct {
	AWS          directive `json:"_aws"`
	Function     string    `json:"function"`
	Operation    string    `json:"operation"`
	Status       string    `json:"status"`
	Duration     float64   `json:"duration"`
	RequestID    string    `json:"request_id,omitempty"`
	AWSRequestID string    `json:"aws_request_id,omitempty"`
	TraceID      string    `json:"trace_id,omitempty"`
}

type directive struct {
	Timestamp         int64       `json:"Timestamp"` // milliseconds since 1970
	CloudWatchMetrics []metricSet `json:"CloudWatchMetrics"`
}

type metricSet struct {
	Namespace  string       `json:"Namespace"`
	Dimensions [][]string   `json:"Dimensions"`
	Metrics    []metricUnit `json:"Metrics"`
}

type metricUnit struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

// write writes the line of a request for an operation that was answered.
func (m *Metrics) write(ctx context.Context, operation string, a *answer, began time.Time) {
	line := metricLine{
		AWS: directive{time.Now().UnixMilli(), []metricSet{{
			m.Namespace, [][]string{{"function", "operation", "status"}}, []metricUnit{{"duration", "Milliseconds"}},
		}}},
		Function: m.Function, Operation: operation, Status: strconv.Itoa(a.status),
		Duration:  float64(time.Since(began).Microseconds()) / 1000,
		RequestID: a.sent.Get("X-Request-Id"),
	}
	if i := invocationOf(ctx); i != nil {
		line.AWSRequestID, line.TraceID = i.requestID, i.traceID
	}
	var text bytes.Buffer
	_ = json.NewEncoder(&text).Encode(line) // texts and numbers
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = m.Out.Write(text.Bytes())
}
