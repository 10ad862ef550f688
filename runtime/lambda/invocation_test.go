// SPDX-License-Identifier: Apache-2.0

package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/runtime/lambda"
)

// invoked is a context as aws-lambda-go makes it.
func invoked(ctx context.Context, id, trace string) context.Context {
	ctx = lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: id})
	//lint:ignore SA1029 this is the key of aws-lambda-go
	return context.WithValue(ctx, "x-amzn-trace-id", trace)
}

// linesOf decodes lines of JSON.
func linesOf(t *testing.T, text string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var of map[string]any
		if err := json.Unmarshal([]byte(line), &of); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, of)
	}
	return all
}

// TestLog checks that lines have the ids of the invocation, whether or not who writes them has its context.
func TestLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	lines := lambda.NewLog(slog.NewJSONHandler(&out, nil))
	log := slog.New(lines)
	h := lambda.New(serviceFunc(func(_ http.ResponseWriter, r *http.Request) {
		log.InfoContext(r.Context(), "with")
		log.With("a", 1).Info("without")
		panic("on purpose")
	}), lambda.Config{Log: log, Lines: lines, Scheduled: func(context.Context) error { return errors.New("on purpose") }})
	log.Info("before")
	ctx := invoked(t.Context(), "id-1", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1")
	if _, err := h.Invoke(ctx, []byte(`{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Invoke(invoked(t.Context(), "id-2", ""), []byte(`{}`)); err == nil {
		t.Error("scheduled work did not fail")
	}
	if _, err := h.Invoke(invoked(t.Context(), "id-3", "Root=1-2-3"), []byte(`[]`)); err == nil {
		t.Error("an event that is none did not fail")
	}
	log.Info("after")
	var got []string
	for _, line := range linesOf(t, out.String()) {
		id, _ := line["aws_request_id"].(string)
		trace, _ := line["trace_id"].(string)
		got = append(got, strings.Join([]string{strings.Fields(line["msg"].(string))[0], id, trace}, " "))
	}
	want := []string{
		"before  ", "with id-1 1-5bef4de7-ad49b0e87f6ef6c87fc2e700", "without id-1 1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
		"panic id-1 1-5bef4de7-ad49b0e87f6ef6c87fc2e700", "scheduled id-2 ", "the id-3 1-2-3", "after  ",
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("the lines differ (-got +want):\n%s", diff)
	}
}

// TestMetrics checks the lines from which CloudWatch takes metrics, and that their dimensions are bounded.
func TestMetrics(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	api := newService(t)
	h := lambda.New(api, lambda.Config{
		Below:   handlers.Below,
		Metrics: &lambda.Metrics{Namespace: "kv", Function: "data", Operation: api.Operation, Out: &out},
	})
	want := []string{}
	for _, tt := range []struct{ method, path, body, want string }{
		{"POST", "/api/kv/get", `{"key":"k"}`, "kvGet 401"},
		{"GET", "/api/kv/status", "", "kvStatus 401"},
		{"DELETE", "/api/projects/1/tokens/anything", "", "revokeToken 401"},
		{"GET", "/livez", "", "other 200"},
		{"GET", "/", "", "other 302"},
		{"GET", "/api/made-up/by-a-caller", "", "other 404"},
		{"POST", "//api/kv/get", "", "other 404"},
		{"GET", "/api/kv/get", "", "other 405"},
		{"BREW", "/api/kv/get", "", "other 405"},
	} {
		event := customised{shape: "http-2.0", path: tt.path, method: tt.method}.event(t)
		event["body"] = tt.body
		text, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Invoke(invoked(t.Context(), "id-1", "Root=1-2-3"), text); err != nil {
			t.Fatal(err)
		}
		want = append(want, tt.want)
	}
	bad := customised{shape: "http-2.0", path: "/api/kv/get"}.event(t)
	bad["body"], bad["isBase64Encoded"] = "*", true
	invoke(t, h, bad)
	want = append(want, "other 400")
	var got []string
	for _, line := range linesOf(t, out.String()) {
		got = append(got, line["operation"].(string)+" "+line["status"].(string))
		aws := line["_aws"].(map[string]any)
		set := []any{map[string]any{
			"Namespace": "kv", "Dimensions": []any{[]any{"function", "operation", "status"}},
			"Metrics": []any{map[string]any{"Name": "duration", "Unit": "Milliseconds"}},
		}}
		if diff := cmp.Diff(aws["CloudWatchMetrics"], any(set)); diff != "" || aws["Timestamp"].(float64) < 1e12 {
			t.Errorf("%v: (-got +want)\n%s", line, diff)
		}
		if _, ok := line["duration"].(float64); !ok || line["function"] != "data" || line["request_id"] == nil {
			t.Errorf("the line is %v", line)
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("operations and statuses differ (-got +want):\n%s", diff)
	}
	if first := linesOf(t, out.String())[0]; first["aws_request_id"] != "id-1" || first["trace_id"] != "1-2-3" {
		t.Errorf("the line has the ids %v, %v", first["aws_request_id"], first["trace_id"])
	}
}
