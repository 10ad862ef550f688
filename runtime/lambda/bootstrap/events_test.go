// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestDocumentedEvents sends the events of the documentation of AWS to the compiled function, as a call of get through each kind of
// gateway, at its own host and at a custom domain.
func TestDocumentedEvents(t *testing.T) {
	t.Parallel()
	f := start(t, append(manages(redistest.Start(t)), "TEMPSKV_BASE_PATH=/v1")...)
	token := f.ready()
	for name, change := range map[string]struct{ shape, domain, stage, route, path string }{
		"HTTP API":                         {shape: "http-2.0", path: "/api/kv/get"},
		"HTTP API, stage":                  {shape: "http-2.0", stage: "api", path: "/api/api/kv/get"},
		"HTTP API, domain":                 {shape: "http-2.0", domain: "kv.example.com", stage: "api", path: "/api/kv/get"},
		"HTTP API, mapping":                {shape: "http-2.0", domain: "kv.example.com", path: "/v1/api/kv/get"},
		"HTTP API, mapping and route":      {shape: "http-2.0", domain: "kv.example.com", route: "/api/kv/get", path: "/v2/api/kv/get"},
		"format 1.0":                       {shape: "http-1.0", path: "/api/kv/get"},
		"format 1.0, mapping":              {shape: "http-1.0", domain: "kv.example.com", path: "/v1/api/kv/get"},
		"REST API":                         {shape: "rest", path: "/api/kv/get"},
		"REST API, mapping, any base path": {shape: "rest", domain: "kv.example.com", path: "/v3/api/kv/get"},
		"function URL":                     {shape: "function-url", path: "/api/kv/get"},
	} {
		text, err := os.ReadFile(filepath.Join("..", "testdata", "events", change.shape+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var event map[string]any
		decode(t, string(text), &event)
		at := event["requestContext"].(map[string]any)
		event["body"], event["path"], at["path"] = `{"key":"n"}`, change.path, change.path
		if event["version"] == "2.0" {
			event["rawPath"] = change.path
		}
		if change.shape == "rest" {
			event["pathParameters"] = map[string]string{"proxy": "api/kv/get"}
		}
		if change.domain != "" {
			at["domainName"] = change.domain
		} else if change.shape == "rest" {
			at["path"] = "/prod" + change.path
		}
		if change.stage != "" {
			at["stage"] = change.stage
		}
		if change.route != "" {
			event["routeKey"] = "POST " + change.route
		}
		event["headers"].(map[string]any)["authorization"] = "Bearer " + token
		if multi, ok := event["multiValueHeaders"].(map[string]any); ok {
			multi["Authorization"] = []string{"Bearer " + token}
		}
		if text, err = json.Marshal(event); err != nil {
			t.Fatal(err)
		}
		a, err := f.Invoke(f.ctx, text, limit)
		if err != nil || a.Failed || !strings.Contains(string(a.Payload), `{\"value\":null}`) {
			t.Errorf("%s: answered %s, %v", name, a.Payload, err)
		}
	}
}
