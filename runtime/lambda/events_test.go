// SPDX-License-Identifier: Apache-2.0

package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/runtime/lambda"
)

// shape returns an event of the documentation of AWS.
func shape(t *testing.T, name string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "events", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var event map[string]any
	if err := json.Unmarshal(text, &event); err != nil {
		t.Fatal(err)
	}
	return event
}

// customised is an event of that shape for another path, stage, host and route.
type customised struct {
	shape  string // the name of its file
	domain string // empty: that of the shape; -: none, but in the header Host
	stage  string // empty: that of the shape
	route  string // without a method; empty: that of the shape, $default or /{proxy+}
	path   string // as the client sent it, without the host
	// inner is the field path of format 1.0, where that differs from the client's; proxy what {proxy+} stands for.
	inner, proxy string
	method       string
	matched      string // the base path, where the event names it
}

func (c customised) event(t *testing.T) map[string]any {
	t.Helper()
	e := shape(t, c.shape)
	at := e["requestContext"].(map[string]any)
	if c.domain != "" {
		at["domainName"], at["domainPrefix"] = c.domain, "kv"
	}
	if c.domain == "-" {
		delete(at, "domainName")
	}
	if c.matched != "" {
		at["customDomain"] = map[string]string{"basePathMatched": c.matched}
	}
	if c.stage != "" {
		at["stage"] = c.stage
	}
	if c.proxy != "" {
		e["pathParameters"] = map[string]string{"proxy": c.proxy}
	} else if c.shape == "rest" {
		e["pathParameters"] = nil
	}
	method := c.method
	if method == "" {
		method = "GET"
	}
	if e["version"] == "2.0" {
		e["rawPath"] = c.path
		protocol := at["http"].(map[string]any)
		protocol["path"], protocol["method"] = c.path, method
		if c.route != "" {
			e["routeKey"], at["routeKey"] = method+" "+c.route, method+" "+c.route
		}
		return e
	}
	e["httpMethod"], at["httpMethod"], at["path"], e["path"] = method, method, c.path, c.path
	if c.inner != "" {
		e["path"] = c.inner
	}
	if c.route != "" {
		e["resource"], at["resourcePath"] = c.route, c.route
	}
	return e
}

const (
	ownDomain = "kv.example.com"
	getRoute  = "/api/kv/get"
)

// paths are the paths of events, and what the API is to see of them.
var paths = map[string]struct {
	event          customised
	basePath       string // the setting
	prefix, within string
}{
	"HTTP API":                  {event: customised{shape: "http-2.0", path: getRoute}, within: getRoute},
	"HTTP API, route":           {event: customised{shape: "http-2.0", route: getRoute, path: getRoute}, within: getRoute},
	"HTTP API, stage":           {event: customised{shape: "http-2.0", stage: "prod", path: "/prod" + getRoute}, prefix: "/prod", within: getRoute},
	"HTTP API, stage alone":     {event: customised{shape: "http-2.0", stage: "prod", path: "/prod"}, prefix: "/prod", within: "/"},
	"HTTP API, stage and slash": {event: customised{shape: "http-2.0", stage: "prod", path: "/prod/"}, prefix: "/prod", within: "/"},
	"HTTP API, stage, the host in a header": {
		event: customised{shape: "http-2.0", domain: "-", stage: "prod", path: "/prod" + getRoute}, prefix: "/prod", within: getRoute,
	},
	"HTTP API, stage twice":         {event: customised{shape: "http-2.0", stage: "prod", path: "/prod/prod"}, prefix: "/prod", within: "/prod"},
	"HTTP API, stage begins a part": {event: customised{shape: "http-2.0", stage: "prod", path: "/products"}, within: "/products"},
	"HTTP API, stage api":           {event: customised{shape: "http-2.0", stage: "api", path: "/api" + getRoute}, prefix: "/api", within: getRoute},
	"HTTP API, stage api and route": {
		event: customised{shape: "http-2.0", stage: "api", route: getRoute, path: "/api" + getRoute}, prefix: "/api", within: getRoute,
	},
	"HTTP API, own domain":            {event: customised{shape: "http-2.0", domain: ownDomain, path: getRoute}, within: getRoute},
	"HTTP API, own domain, stage":     {event: customised{shape: "http-2.0", domain: ownDomain, stage: "prod", path: getRoute}, within: getRoute},
	"HTTP API, own domain, stage api": {event: customised{shape: "http-2.0", domain: ownDomain, stage: "api", path: getRoute}, within: getRoute},
	"HTTP API, own domain, stage api, route": {
		event: customised{shape: "http-2.0", domain: ownDomain, stage: "api", route: getRoute, path: getRoute}, within: getRoute,
	},
	"HTTP API, mapping and route": {
		event: customised{shape: "http-2.0", domain: ownDomain, route: getRoute, path: "/v1" + getRoute}, prefix: "/v1", within: getRoute,
	},
	"HTTP API, stage in the path of an own domain": {
		event: customised{shape: "http-2.0", domain: ownDomain, stage: "prod", route: getRoute, path: "/prod" + getRoute}, prefix: "/prod", within: getRoute,
	},
	"HTTP API, mapping of several parts": {
		event: customised{shape: "http-2.0", domain: ownDomain, route: getRoute, path: "/apps/kv.v1" + getRoute}, prefix: "/apps/kv.v1", within: getRoute,
	},
	"HTTP API, mapping api": {
		event: customised{shape: "http-2.0", domain: ownDomain, route: getRoute, path: "/api" + getRoute}, prefix: "/api", within: getRoute,
	},
	"HTTP API, mapping and greedy route": {
		event:  customised{shape: "http-2.0", domain: ownDomain, route: "/api/{proxy+}", path: "/v1" + getRoute, proxy: "kv/get"},
		prefix: "/v1", within: getRoute,
	},
	"HTTP API, mapping as a setting": {
		event: customised{shape: "http-2.0", domain: ownDomain, path: "/v1" + getRoute}, basePath: "/v1", prefix: "/v1", within: getRoute,
	},
	"HTTP API, mapping as a setting, alone": {
		event: customised{shape: "http-2.0", domain: ownDomain, path: "/v1"}, basePath: "/v1", prefix: "/v1", within: "/",
	},
	"HTTP API, the setting at another host": {
		event: customised{shape: "http-2.0", path: getRoute}, basePath: "/v1", within: getRoute,
	},
	"HTTP API, the setting api at another host": {
		event: customised{shape: "http-2.0", route: getRoute, path: getRoute}, basePath: "/api", within: getRoute,
	},
	"HTTP API, stage and setting": {
		event: customised{shape: "http-2.0", stage: "prod", path: "/prod/v1" + getRoute}, basePath: "/v1", prefix: "/prod/v1", within: getRoute,
	},
	"HTTP API, mapping in the event": {
		event: customised{shape: "http-2.0", domain: ownDomain, path: "/v1" + getRoute, matched: "v1"}, prefix: "/v1", within: getRoute,
	},
	"HTTP API, empty mapping in the event": {
		event: customised{shape: "http-2.0", domain: ownDomain, path: getRoute, matched: "/"}, basePath: "/v1", within: getRoute,
	},
	"HTTP API, mapping unknown": {event: customised{shape: "http-2.0", domain: ownDomain, path: "/v1" + getRoute}, within: "/v1" + getRoute},

	"format 1.0":                 {event: customised{shape: "http-1.0", path: getRoute}, within: getRoute},
	"format 1.0, stage":          {event: customised{shape: "http-1.0", stage: "prod", path: "/prod" + getRoute}, prefix: "/prod", within: getRoute},
	"format 1.0, stage outside":  {event: customised{shape: "http-1.0", stage: "prod", path: "/prod" + getRoute, inner: getRoute}, prefix: "/prod", within: getRoute},
	"format 1.0, stage and path": {event: customised{shape: "http-1.0", stage: "api", path: getRoute, inner: getRoute, domain: ownDomain}, within: getRoute},
	"format 1.0, mapping and route": {
		event: customised{shape: "http-1.0", domain: ownDomain, route: getRoute, path: "/v1" + getRoute}, prefix: "/v1", within: getRoute,
	},

	"REST API":                 {event: customised{shape: "rest", path: "/prod" + getRoute, inner: getRoute, proxy: "api/kv/get"}, prefix: "/prod", within: getRoute},
	"REST API, root":           {event: customised{shape: "rest", route: "/", path: "/prod", inner: "/"}, prefix: "/prod", within: "/"},
	"REST API, root and slash": {event: customised{shape: "rest", route: "/", path: "/prod/", inner: "/"}, prefix: "/prod", within: "/"},
	"REST API, stage api":      {event: customised{shape: "rest", stage: "api", path: "/api" + getRoute, inner: getRoute, proxy: "api/kv/get"}, prefix: "/api", within: getRoute},
	"REST API, own domain": {
		event: customised{shape: "rest", domain: ownDomain, path: getRoute, proxy: "api/kv/get"}, within: getRoute,
	},
	"REST API, own domain, stage api": {
		event: customised{shape: "rest", domain: ownDomain, stage: "api", path: getRoute, proxy: "api/kv/get"}, within: getRoute,
	},
	"REST API, mapping": {
		event: customised{shape: "rest", domain: ownDomain, path: "/v1" + getRoute, proxy: "api/kv/get"}, prefix: "/v1", within: getRoute,
	},
	"REST API, mapping without a stage": {
		event: customised{shape: "rest", domain: ownDomain, path: "/v1/prod" + getRoute, proxy: "api/kv/get"}, prefix: "/v1/prod", within: getRoute,
	},
	"REST API, mapping, root": {event: customised{shape: "rest", domain: ownDomain, route: "/", path: "/v1"}, prefix: "/v1", within: "/"},
	"REST API, escaped": {
		event:  customised{shape: "rest", domain: ownDomain, path: "/v1/api/projects/%C3%A4%2F1", proxy: "api/projects/ä/1"},
		prefix: "/v1", within: "/api/projects/ä/1",
	},
	"REST API, two slashes": {event: customised{shape: "rest", path: "/prod//evil.example/docs", inner: "//evil.example/docs", proxy: "docs"}, prefix: "/prod", within: "//evil.example/docs"},

	"function URL":         {event: customised{shape: "function-url", path: getRoute}, within: getRoute},
	"function URL, a CDN":  {event: customised{shape: "function-url", path: "/kv" + getRoute}, basePath: "/kv", prefix: "/kv", within: getRoute},
	"function URL, a part": {event: customised{shape: "function-url", path: "/kvs" + getRoute}, basePath: "/kv", within: "/kvs" + getRoute},
}

// TestPaths checks what the API sees of the path, for each kind of gateway, host, stage, mapping and route.
func TestPaths(t *testing.T) {
	t.Parallel()
	for name, tt := range paths {
		var prefix string
		h := lambda.New(echo{}, lambda.Config{BasePath: tt.basePath, Below: func(r *http.Request, path string) *http.Request {
			prefix = path
			return r
		}})
		var got heard
		if err := json.Unmarshal([]byte(invoke(t, h, tt.event.event(t)).Body), &got); err != nil {
			t.Fatal(name, err)
		}
		if got.Path != tt.within || prefix != tt.prefix {
			t.Errorf("%s: %s is %q below %q, want %q below %q", name, tt.event.path, got.Path, prefix, tt.within, tt.prefix)
		}
	}
}

// TestPagesKeepThePrefix checks that what leads from one page to another stays below the stage or the mapping.
func TestPagesKeepThePrefix(t *testing.T) {
	t.Parallel()
	h := lambda.New(newService(t), lambda.Config{BasePath: "/v1", Below: handlers.Below})
	for prefix, at := range map[string]customised{
		"":      {shape: "http-2.0"},
		"/prod": {shape: "http-2.0", stage: "prod"},
		"/v1":   {shape: "http-2.0", domain: ownDomain},
		"/api":  {shape: "rest", stage: "api"},
	} {
		get := func(path string) response {
			e := at
			e.path = prefix + path
			if e.shape == "rest" {
				e.inner = path
			}
			event := e.event(t)
			event["headers"].(map[string]any)["X-Forwarded-Proto"] = "https"
			if all, ok := event["multiValueHeaders"].(map[string]any); ok {
				all["X-Forwarded-Proto"] = []string{"https"}
			}
			return invoke(t, h, event)
		}
		if got := get("/"); got.Status != http.StatusFound || got.Header["Location"] != prefix+"/docs" {
			t.Errorf("below %q, / leads to %d %q", prefix, got.Status, got.Header["Location"])
		}
		if got := get("/docs"); got.Status != http.StatusOK || !strings.Contains(got.Body, `href="docs/api"`) {
			t.Errorf("below %q, /docs is answered %d, or does not lead to the reference: %s", prefix, got.Status, got.Body)
		}
		var problem struct{ Type string }
		if err := json.Unmarshal([]byte(get("/api/nothing").Body), &problem); err != nil {
			t.Fatal(err)
		}
		typeOf, err := url.Parse(problem.Type)
		if err != nil || typeOf.Scheme != "https" || typeOf.Host == "" || typeOf.Path != prefix+"/docs/errors/not_found" {
			t.Errorf("below %q, the type of a problem is %q, %v", prefix, problem.Type, err)
		}
		for _, path := range []string{"/docs/api", strings.TrimPrefix(typeOf.Path, prefix), "/openapi.json"} {
			if got := get(path); got.Status != http.StatusOK {
				t.Errorf("below %q, %s is answered %d", prefix, path, got.Status)
			}
		}
	}
}

// TestDocumentedEvents checks that a request of each documented event arrives whole.
func TestDocumentedEvents(t *testing.T) {
	t.Parallel()
	h := lambda.New(echo{}, lambda.Config{})
	for name, body := range map[string]string{
		"http-2.0": "Hello from Lambda", "http-1.0": "Hello from Lambda!", "rest": "Hello from Lambda!", "function-url": "Hello from client!",
	} {
		var got heard
		if err := json.Unmarshal([]byte(invoke(t, h, shape(t, name)).Body), &got); err != nil {
			t.Fatal(name, err)
		}
		want := map[string][]string{"parameter1": {"value1", "value2"}, "parameter2": {"value"}}
		if diff := cmp.Diff(map[string][]string(got.Query), want); diff != "" {
			t.Errorf("%s: the query differs (-got +want):\n%s", name, diff)
		}
		if got.Method != "POST" || got.Path != "/my/path" || string(got.Body) != body || got.Header["Header2"] != "value1,value2" {
			t.Errorf("%s: the API sees %+v", name, got)
		}
	}
}

// TestSchedule checks which events are scheduled work, and that its error is that of the invocation.
func TestSchedule(t *testing.T) {
	t.Parallel()
	var outcome error
	calls := 0
	h := lambda.New(echo{}, lambda.Config{Scheduled: func(context.Context) error {
		calls++
		if outcome == nil && calls > 6 {
			panic("on purpose")
		}
		return outcome
	}})
	documented := func(name string) string {
		text, err := json.Marshal(shape(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	scheduled := []string{documented("schedule"), documented("scheduler"), " {}\n"}
	for _, outcome = range []error{nil, errors.New("on purpose")} {
		for _, event := range scheduled {
			before := calls
			answer, err := h.Invoke(t.Context(), []byte(event))
			if !errors.Is(err, outcome) || string(answer) != "null" || calls != before+1 {
				t.Errorf("%s: answered %q, %v after %d calls, want %v", event, answer, err, calls-before, outcome)
			}
		}
	}
	outcome = nil
	if _, err := h.Invoke(t.Context(), []byte("{}")); err == nil {
		t.Error("a panic in scheduled work is no error")
	}
	calls = 0
	for _, event := range []string{
		`"warm"`, `[1]`, ``, `null`, `1`, `{`, `{}{}`, `{"path":1}`, `{"source":"aws.events"`, `{"source":1}`, `{"source":"aws.s3"}`,
		`{"httpMethod":1}`, `{"Records":[{"eventSource":"aws:sqs"}]}`, `{"headers":["a"],"requestContext":{"http":{"method":"GET"}}}`,
		`{"source":"aws.events","requestContext":{"http":"GET"}}`,
	} {
		if answer, err := h.Invoke(t.Context(), []byte(event)); !errors.Is(err, lambda.ErrEvent) || answer != nil || calls > 0 {
			t.Errorf("%s: answered %q, %v after %d calls", event, answer, err, calls)
		}
	}
}
