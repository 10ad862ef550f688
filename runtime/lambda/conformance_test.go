// SPDX-License-Identifier: Apache-2.0

package lambda_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/local/docs"
	"github.com/tempskv/tempskv/local/servicetest"
	"github.com/tempskv/tempskv/runtime/lambda"
)

const adminKey = "tk_conformanceAdministrator0123456789abc"

// newService is a handler set on real parts, as a function has it.
func newService(t *testing.T) *handlers.API {
	t.Helper()
	service, store := servicetest.RunEmbedded(t)
	if err := store.EnsureAdminKey(t.Context(), adminKey); err != nil {
		t.Fatal(err)
	}
	return handlers.New(handlers.Deps{
		Service: service, Control: store, Whole: true, Docs: docs.Pages{}, Bounds: handlers.Bounds{MaxValue: 4 << 20, MaxAnswer: 5 << 20, MaxBatch: 5 << 20},
	})
}

// step is a request whose target, headers and body may hold {names} that earlier answers gave.
type step struct {
	request
	save map[string]string // name to the member of the answer that it stands for
}

const requestID = "conformance-1"

// as returns the headers of a request with that token.
func as(token string, more ...[2]string) [][2]string {
	return append([][2]string{{"Authorization", "Bearer " + token}, {"X-Request-Id", requestID}}, more...)
}

// steps are the life of a service, and the odd ways to call it.
func steps() []step {
	const admin, dt, form = adminKey, "{dt}", "application/x-www-form-urlencoded"
	post := func(token, path, body string) step {
		return step{request: request{"POST", path, as(token, [2]string{"Content-Type", "application/json"}), body}}
	}
	call := func(method, path string) step { return step{request: request{method, path, as(admin), ""}} }
	saved := func(s step, name, member string) step {
		s.save = map[string]string{name: member}
		return s
	}
	data := func(op, body string) step { return post(dt, "/api/kv/"+op, body) }
	once := func(op, body string) step {
		header := as(dt, [2]string{"Content-Type", "application/json"}, [2]string{"Idempotency-Key", `"a, b"`})
		return step{request: request{"POST", "/api/kv/" + op, header, body}}
	}
	raw := func(method, target string, header [][2]string, body string) step {
		return step{request: request{method, target, header, body}}
	}
	large := `{"key":"large","value":"` + strings.Repeat(`\"`, 2<<20-1) + `"}`
	return []step{
		call("GET", "/api/kv/status"),
		post(admin, "/api/kv/enable", `{"engine":"podman"}`),
		post(admin, "/api/kv/enable", `{}`),
		{request: request{"PATCH", "/api/kv/update", as(admin), `{"max_memory":"64mb"}`}},
		{request: request{"PATCH", "/api/kv/update", as(admin), `{"docker_image":"x"}`}},
		call("GET", "/api/kv/events"),
		call("DELETE", "/api/kv/engine"),
		post(admin, "/api/projects", `{"name":"shop, ä <&>"}`),
		post(admin, "/api/projects", `{"name":"other"}`),
		call("GET", "/api/projects"),
		call("GET", "/api/projects/1"),
		call("GET", "/api/projects/%31"),
		call("GET", "/api/projects/1%20"),
		call("GET", "/api/projects/%C3%A4%0A"),
		saved(post(admin, "/api/projects/1/tokens", `{"name":"web"}`), "dt", "token"),
		saved(post(admin, "/api/projects/1/tokens", `{"name":"two"}`), "token_id", "id"),
		call("GET", "/api/projects/1/tokens"),
		call("DELETE", "/api/projects/1/tokens/{token_id}"),
		call("DELETE", "/api/projects/1/tokens/100%25"),
		saved(post(admin, "/api/api-keys", `{"name":"k","permissions":["KvRead"],"project_ids":[1]}`), "key_id", "id"),
		call("GET", "/api/api-keys"),
		call("DELETE", "/api/api-keys/{key_id}"),

		data("set", `{"key":"a, b","value":{"n":1.0,"s":"<&> \u2028  ä","e":1E5}}`),
		data("get", `{"key":"a, b"}`),
		data("set", `{"key":"n","value":41,"ex":1000}`),
		data("incr", `{"key":"n"}`),
		data("incr", `{"key":"a, b"}`),
		once("incr", `{"key":"n"}`), once("incr", `{"key":"n"}`), once("incr", `{"key":"other"}`),
		data("expire", `{"key":"n","seconds":1000}`),
		data("ttl", `{"key":"n"}`),
		data("persist", `{"key":"n"}`),
		data("exists", `{"keys":["n","n","x"]}`),
		data("describe", `{"keys":["n","x"]}`),
		data("mset", `{"entries":[{"key":"m1","value":1},{"key":"m2","value":null}]}`),
		data("mget", `{"keys":["m1","m2","x"]}`),
		data("keys", `{"pattern":"m?"}`),
		data("scan", `{"pattern":"m1"}`),
		data("del", `{"keys":["m1","m1","x"]}`),
		data("set", large),
		data("get", `{"key":"large"}`),
		data("mget", `{"keys":["large","large"]}`),
		data("set", `{"key":"larger","value":"`+strings.Repeat("x", 4<<20)+`"}`),
		data("set", `{"key":"larger","value":"`+strings.Repeat("x", 4<<20+64<<10)+`"}`),
		data("set", `{"key":"k","value":"`+"\xff\xfe"+`"}`),
		data("set", "\x1f\x8b\x08\x00\xff"),
		data("get", ``),
		data("get", `{"key":"\ud800"}`),
		data("get", `{"key":1,"more":2}`),
		post(admin, "/api/kv/get", `{"key":"n"}`),
		post(admin, "/api/kv/get", `{"key":"n","project_id":1}`),
		post(admin, "/api/kv/get", `{"key":"n","project_id":9}`),

		raw("POST", "/api/kv/get", as(dt, [2]string{"Content-Type", form}), `{"key":"n"}`),
		raw("POST", "/api/kv/get", as(dt, [2]string{"Content-Type", "application/json; charset=utf-8, text/html"}), `{"key":"n"}`),
		raw("POST", "/api/kv/get", as(dt, [2]string{"Content-Type", "Application/JSON"}), `{"key":"n"}`),
		raw("POST", "/api/kv/get", as(dt, [2]string{"Content-Type", "application/json"}, [2]string{"Content-Type", "application/json"}), `{"key":"n"}`),
		raw("POST", "/api/kv/get", as(dt), `{"key":"n"}`),
		raw("POST", "/api/kv/get", append(as(dt), as(dt)...), `{"key":"n"}`),
		raw("POST", "/api/kv/get", as("dt_wrong"), `{"key":"n"}`),
		raw("POST", "/api/kv/get", [][2]string{{"X-Request-Id", requestID}}, `{"key":"n"}`),
		raw("POST", "/api/kv/get", [][2]string{{"Authorization", "Bearer " + dt}, {"X-Request-Id", "not, sane"}}, `{"key":"n"}`),
		raw("POST", "/api/kv/get", as(dt, [2]string{"Accept", `text/html, */*;q="a,b"`}, [2]string{"If-None-Match", `"a,b"`},
			[2]string{"Date", "Tue, 15 Nov 1994 08:12:31 GMT"}, [2]string{"Cookie", "a=1; b=2"}), `{"key":"n"}`),
		raw("POST", "/api/kv/get?key=x&%zz", as(dt), `{"key":"n"}`),
		raw("GET", "/api/kv/get", as(dt), ""),
		raw("HEAD", "/api/kv/get", as(dt), ""),
		raw("OPTIONS", "/api/kv/get", as(dt), ""),
		raw("post", "/api/kv/get", as(dt), `{"key":"n"}`),
		raw("BREW", "/api/kv/get", as(dt), ""),
		raw("POST", "/api/kv/get/", as(dt), `{"key":"n"}`),
		raw("POST", "//api/kv/get", as(dt), `{"key":"n"}`),
		raw("POST", "/api//kv/get", as(dt), `{"key":"n"}`),
		raw("POST", "/api/kv/../kv/get", as(dt), `{"key":"n"}`),
		raw("POST", "/api/kv/g%65t", as(dt), `{"key":"n"}`),
		raw("POST", "/api/kv/g%2565t", as(dt), `{"key":"n"}`),
		raw("POST", "/api/kv/get%0A", as(dt), `{"key":"n"}`),
		raw("POST", "/prod/api/kv/get", as(dt), `{"key":"n"}`),
		raw("GET", "/api", as(dt), ""),
		raw("GET", "/nowhere?x=1", as(dt), ""),
		raw("HEAD", "/livez", as(dt), ""),
		raw("GET", "/livez", as(dt), ""),
		raw("GET", "/readyz", as(dt), ""),
		raw("GET", "/", as(dt), ""),
		raw("GET", "/openapi.yaml", as(dt), ""),
		raw("GET", "/openapi.json", as(dt), ""),
		raw("GET", "/docs", as(dt), ""),
		raw("GET", "/docs/assets/swagger-ui-5.35.0.css", as(dt, [2]string{"Accept-Encoding", "br, gzip"}), ""),
		raw("HEAD", "/docs/assets/swagger-ui-bundle-5.35.0.js", as(dt, [2]string{"Accept-Encoding", "gzip"}), ""),

		call("GET", "/api/audit"),
		call("GET", "/api/audit?limit=2"),
		call("GET", "/api/audit?limit=2&limit=3"),
		call("GET", "/api/audit?limit=x%20y&cursor=%2B"),
		call("DELETE", "/api/projects/2"),
		data("get", `{"key":"n"}`),
		call("DELETE", "/api/kv/disable"),
		data("get", `{"key":"n"}`),
		call("DELETE", "/api/kv/engine"),
	}
}

// TestConformance takes every operation of the document and every odd input through net/http and through each form of event, each
// on its own service, and demands the same answers.
func TestConformance(t *testing.T) {
	t.Parallel()
	all := append(steps(), documented(t)...)
	want := answersOf(t, overHTTP(t, newService(t)), all)
	for _, form := range slices.Sorted(maps.Keys(forms(nil))) {
		got := answersOf(t, forms(lambda.New(newService(t), lambda.Config{}))[form], all)
		for i, s := range all {
			if diff := cmp.Diff(want[i], got[i]); diff != "" {
				t.Errorf("%s: %s %.60s %.60s: net/http (-) and the event (+) differ:\n%.2000s", form, s.method, s.target, s.body, diff)
			}
		}
	}
}

// answersOf sends all requests in turn.
func answersOf(t *testing.T, send sender, all []step) []response {
	t.Helper()
	names := map[string]string{}
	answers := make([]response, len(all))
	for i, s := range all {
		r := s.filled(names)
		a := send(t, r)
		for name, member := range s.save {
			var body map[string]any
			if err := yaml.Unmarshal([]byte(a.Body), &body); err != nil || body[member] == nil {
				t.Fatalf("%s %s was answered %v", r.method, r.target, a)
			}
			names[name] = fmt.Sprint(body[member])
		}
		answers[i] = a.normalised()
		if a.Header["X-Request-Id"] != requestID {
			answers[i].Header["X-Request-Id"] = "made by the server"
		}
	}
	return answers
}

// filled puts in what earlier answers gave.
func (s step) filled(names map[string]string) request {
	r := s.request
	fill := func(text string) string {
		for name, value := range names {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	r.target, r.header = fill(r.target), slices.Clone(r.header)
	for i := range r.header {
		r.header[i][1] = fill(r.header[i][1])
	}
	return r
}

// What no two services answer alike, and what is put in its place.
var chance = []struct{ pattern, replacement string }{
	{`"\d{4}-\d\d-\d\dT[^"]*Z"`, `"TIME"`},
	{`(dt|tk)_[0-9A-Za-z]{36}`, `$1_RANDOM`},
	{`"(last4|id)":"[^"]*"`, `"$1":"RANDOM"`},
	{`"prefix":"[^"]*"`, `"prefix":"PREFIX"`},
	{`"used_memory":\d+`, `"used_memory":0`},
	{`"ip":"[^"]*"`, `"ip":"ADDRESS"`},
	{`"target":"[^"]*"`, `"target":"TARGET"`},
	{`"cursor":"[^"]*"`, `"cursor":"CURSOR"`},
	{`"servers":\[[^\]]*\]`, `"servers":[]`}, // where the document was fetched from
	{`\nservers:(\n  .*)+`, "\nservers: []"},
}

func (r response) normalised() response {
	if id := r.Header["X-Request-Id"]; id != "" && id != requestID {
		r.Body = strings.ReplaceAll(r.Body, id, "made by the server")
	}
	for _, c := range chance {
		r.Body = regexp.MustCompile(c.pattern).ReplaceAllString(r.Body, c.replacement)
	}
	return r
}

// documented are all operations of the document, each with its example and without a token.
func documented(t *testing.T) (all []step) {
	t.Helper()
	text, err := os.ReadFile("../../openapi/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `yaml:"operationId"`
			RequestBody struct {
				Content map[string]struct{ Example any }
			} `yaml:"requestBody"`
		}
	}
	if err := yaml.Unmarshal(text, &document); err != nil || len(document.Paths) == 0 {
		t.Fatal(document, err)
	}
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		target := regexp.MustCompile(`{\w+}`).ReplaceAllString(path, "1")
		for _, method := range slices.Sorted(maps.Keys(document.Paths[path])) {
			op := document.Paths[path][method]
			var body []byte
			if example := op.RequestBody.Content["application/json"].Example; example != nil {
				if body, err = json.Marshal(example); err != nil {
					t.Fatal(err)
				}
			}
			method = strings.ToUpper(method)
			all = append(all, step{request: request{method, target, [][2]string{{"X-Request-Id", requestID}}, string(body)}})
			if path == "/api/audit" { // a refusal that is repeated is in it or not, by the clock
				continue
			}
			all = append(all,
				step{request: request{method, target, as(adminKey, [2]string{"Content-Type", "application/json"}), string(body)}})
		}
	}
	return all
}
