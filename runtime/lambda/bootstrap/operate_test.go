// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package main_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestLines checks the lines that a function writes: one for CloudWatch's metrics for each request, and those of the log, with the ids of
// the invocation in both.
func TestLines(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	f := launch(t, append(manages(server), "TEMPSKV_METRICS_NAMESPACE=shop", "AWS_LAMBDA_FUNCTION_NAME=shop-data")...)
	if err := f.AwaitNext(f.ctx); err != nil {
		t.Fatal(err)
	}
	token := f.ready()
	f.data(token, "get", `{"key":"n"}`, `{"value":null}`)
	server.Kill()
	f.request(503, "POST", "/api/kv/get", token, `{"key":"n"}`)
	f.End() // so that all that it wrote is here
	metrics, logged := map[string]bool{}, 0
	for text := range strings.Lines(f.Log()) {
		var line struct {
			AWS      map[string]any `json:"_aws"`
			Level    string
			Message  string `json:"msg"`
			Function string
			// Of the metrics.
			Operation, Status string
			ID                string `json:"aws_request_id"`
			Trace             string `json:"trace_id"`
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		ofInvocation := strings.HasPrefix(line.ID, "00000000-") && line.Trace == "1-5bef4de7-ad49b0e87f6ef6c87fc2e700"
		switch {
		case line.AWS != nil && line.Function == "shop-data" && ofInvocation:
			metrics[line.Operation+" "+line.Status] = true
		case line.AWS != nil:
			t.Errorf("the line of a metric is %s", text)
		case line.Message == "request failed" && ofInvocation:
			logged++
		}
	}
	for _, want := range []string{"kvEnable 200", "createProject 201", "createToken 201", "kvGet 200", "kvGet 503"} {
		if !metrics[want] {
			t.Errorf("no line for %s: %v", want, metrics)
		}
	}
	if logged == 0 {
		t.Error("the log does not say why a request failed, with the ids of its invocation")
	}
}

// TestRotateAdminKey starts functions with another first API key, as a deployment with AdminKeyVersion does: the one before is
// refused then.
func TestRotateAdminKey(t *testing.T) {
	t.Parallel()
	const rotated = "tk_rotatedAdministrator0123456789abcdefgh"
	server := redistest.Start(t)
	start(t, manages(server)...).ready()
	f := start(t, "TEMPSKV_REDIS_URL="+server.URL, "TEMPSKV_ADMIN_KEY="+rotated)
	f.request(200, "GET", "/api/projects", rotated, "")
	f.request(401, "GET", "/api/projects", adminKey, "")
}
