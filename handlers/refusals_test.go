// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// problem is what every refusal says.
type problem struct {
	Type, Title, Detail, Code string
	Status                    int
	RequestID                 string `json:"request_id"`
	Errors                    []struct{ Location, Message string }
}

// problemOf reads a refusal, and finds what each has to have.
func problemOf(t *testing.T, w *httptest.ResponseRecorder) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("answered %d %q: %v", w.Code, w.Body, err)
	}
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("got Content-Type %q", got)
	}
	if p.Status != w.Code || p.Title == "" || p.Detail == "" || p.Type == "" {
		t.Errorf("got problem %+v with status %d", p, w.Code)
	}
	if p.RequestID == "" || p.RequestID != w.Header().Get("X-Request-Id") {
		t.Errorf("got request_id %q and X-Request-Id %q", p.RequestID, w.Header().Get("X-Request-Id"))
	}
	return p
}

func TestBodiesThatAreNoJSONObject(t *testing.T) {
	t.Parallel()
	api := newDisabledAPI(t)
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := []struct {
		name, op, body string
		want           string
	}{
		{"empty", "get", "", "malformed_json"},
		{"white space", "get", " \n", "malformed_json"},
		{"cut off", "get", `{"key":"a`, "malformed_json"},
		{"two texts", "get", `{"key":"a"}{"key":"b"}`, "malformed_json"},
		{"trailing comma", "get", `{"key":"a",}`, "malformed_json"},
		{"single quotes", "get", `{'key':'a'}`, "malformed_json"},
		{"comment", "get", `{"key":"a"/**/}`, "malformed_json"},
		{"leading byte order mark", "get", "\ufeff" + `{"key":"a"}`, "malformed_json"},
		{"name twice", "get", `{"key":"a","key":"a"}`, "malformed_json"},
		{"name twice, once escaped", "get", `{"key":"a","\u006bey":"a"}`, "malformed_json"},
		{"unknown name twice", "get", `{"key":"a","x":1,"x":1}`, "malformed_json"},
		{"many names, one twice", "get", `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"i":1}`, "malformed_json"},
		{"very many names", "get", `{"a":1` + manyNames(100_000) + `}`, "invalid"},
		{"name twice in an entry", "mset", `{"entries":[{"key":"a","key":"b","value":1}]}`, "malformed_json"},
		{"name twice within a value", "set", `{"key":"a","value":{"x":1,"x":2}}`, "kv_disabled"},
		{"invalid UTF-8", "get", "{\"key\":\"\xff\"}", "malformed_json"},
		{"invalid UTF-8 in a value", "set", "{\"key\":\"a\",\"value\":\"\xc3\x28\"}", "malformed_json"},
		{"lone surrogate in a key", "get", `{"key":"\ud800"}`, "malformed_json"},
		{"surrogates the wrong way round", "get", `{"key":"\udc00\ud800"}`, "malformed_json"},
		{"lone surrogate in keys", "del", `{"keys":["a","\udfff"]}`, "malformed_json"},
		{"lone surrogate in a pattern", "keys", `{"pattern":"\ud800*"}`, "malformed_json"},
		{"lone surrogate in a value", "set", `{"key":"a","value":"\ud800"}`, "kv_disabled"},
		{"surrogate pair in a key", "get", `{"key":"\ud83d\ude00"}`, "kv_disabled"},
		{"control character", "get", "{\"key\":\"a\nb\"}", "malformed_json"},
		{"leading zero", "incr", `{"key":"a","amount":01}`, "malformed_json"},
		{"a list", "get", `["key"]`, "invalid"},
		{"a string", "get", `"key"`, "invalid"},
		{"null", "get", `null`, "invalid"},
		{"a list that is cut off", "get", `["key"`, "malformed_json"},
		{"key in capitals", "get", `{"Key":"a"}`, "invalid"},
		{"unknown field", "get", `{"key":"a","ttl":1}`, "invalid"},
		{"escaped name", "get", `{"\u006bey":"a"}`, "kv_disabled"},
		{"64 levels", "set", `{"key":"a","value":` + deep(64) + `}`, "kv_disabled"},
		{"65 levels", "set", `{"key":"a","value":` + deep(65) + `}`, "invalid"},
		{"64 levels in an entry", "mset", `{"entries":[{"key":"a","value":` + deep(64) + `}]}`, "kv_disabled"},
		{"65 levels in an entry", "mset", `{"entries":[{"key":"a","value":` + deep(65) + `}]}`, "invalid"},
		{"a million levels", "set", `{"key":"a","value":` + deep(1_000_000) + `}`, "invalid"},
		{"a million levels and no end", "set", `{"key":"a","value":` + strings.Repeat("[", 1_000_000), "invalid"},
		{"deep and malformed", "set", `{"key":"a","value":` + deep(100) + `,}`, "malformed_json"},
		{"32 KiB of key", "get", `{"key":` + quoted(32<<10) + `}`, "kv_disabled"},
		{"more than 32 KiB of key", "get", `{"key":"` + strings.Repeat("é", 16<<10) + `x"}`, "invalid"},
		{"more than 256 bytes of pattern", "keys", `{"pattern":"` + strings.Repeat("é", 129) + `"}`, "invalid"},
		{"every ASCII character in a key", "get", `{"key":"\u0000\u0001\u001f *?[]{}\\\"/\u007f"}`, "kv_disabled"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := call(api, http.MethodPost, "/api/kv/"+test.op, string(projectToken), test.body)
			if p := problemOf(t, w); p.Code != test.want {
				t.Errorf("got %s, want %s: %+v", p.Code, test.want, p)
			}
		})
	}
}

// Each request has every fault from its own on: the first in the order of the contract is the one that is answered.
func TestOrderOfRefusals(t *testing.T) {
	t.Parallel()
	api := newDisabledAPI(t)
	tooLarge := `{"key":"` + strings.Repeat("k", 11<<20)
	tests := []struct {
		method, path, token, contentType, body string
		status                                 int
		code                                   string
	}{
		{"POST", "/api/kv/nothing", "", "text/plain", tooLarge, 404, "not_found"},
		{"POST", "//api/kv/get", "", "text/plain", tooLarge, 404, "not_found"},
		{"POST", "/api/kv/get/", "", "text/plain", tooLarge, 404, "not_found"},
		{"POST", "/api/kv/../kv/get", "", "text/plain", tooLarge, 404, "not_found"},
		{"GET", "/api/kv/get", "", "text/plain", tooLarge, 405, "method_not_allowed"},
		{"POST", "/api/kv/get", "", "text/plain", tooLarge, 401, "unauthorized"},
		{"POST", "/api/kv/get", "dt_nobody", "text/plain", tooLarge, 401, "unauthorized"},
		{"POST", "/api/kv/get", "project", "text/plain", tooLarge, 415, "unsupported_media_type"},
		{"POST", "/api/kv/get", "project", "application/json; charset=utf-8", tooLarge, 413, "too_large"},
		{"POST", "/api/kv/set", "admin", "application/json", `{"key":0,"value":"` + strings.Repeat("v", 10<<20) + `"}`, 413, "too_large"},
		{"POST", "/api/kv/get", "admin", "application/json", `{"key":`, 400, "malformed_json"},
		{"POST", "/api/kv/get", "admin", "", `{"key":0}`, 400, "project_id_required"},
		{"POST", "/api/kv/get", "admin", "", `{"key":0,"project_id":"1"}`, 422, "invalid"},
		{"POST", "/api/kv/get", "project", "", `{"key":0,"project_id":"1"}`, 422, "invalid"},
		{"POST", "/api/kv/get", "project", "", `{"key":"a","project_id":"1"}`, 503, "kv_disabled"},
		{"POST", "/api/kv/get", "project", "", `{"key":"a","project_id":{}}`, 503, "kv_disabled"},
		{"POST", "/api/projects", "project", "application/json", `{`, 400, "malformed_json"},
		{"POST", "/api/projects", "project", "application/json", `{}`, 403, "permission_denied"},
		{"POST", "/api/projects", "admin", "application/json", `{}`, 422, "invalid"},
		{"POST", "/api/projects/x/tokens", "project", "application/json", `{`, 400, "malformed_json"},
		{"POST", "/api/projects/x/tokens", "project", "application/json", `{"name":"n"}`, 403, "permission_denied"},
		{"POST", "/api/projects/x/tokens", "admin", "application/json", `{"name":"n"}`, 422, "invalid"},
		{"GET", "/api/projects/x", "project", "", "", 403, "permission_denied"},
		{"GET", "/api/projects/x", "admin", "", "", 422, "invalid"},
		{"GET", "/api/projects/0", "admin", "", "", 422, "invalid"},
		{"GET", "/api/audit?limit=x", "project", "", "", 403, "permission_denied"},
		{"GET", "/api/audit?limit=1001", "admin", "", "", 422, "invalid"},
		{"GET", "/api/audit?limit=", "admin", "", "", 422, "invalid"},
		{"GET", "/api/audit?cursor=&limit", "admin", "", "", 422, "invalid"},
		{"GET", "/api/audit?limit=&limit=5", "admin", "", "", 422, "invalid"},
		{"GET", "/api/audit?limit=", "project", "", "", 403, "permission_denied"},
		{"PATCH", "/api/kv/update", "admin", "", `{}`, 404, "kv_not_enabled"},
		{"DELETE", "/api/kv/disable", "admin", "", ``, 404, "kv_not_enabled"},
	}
	tokens := map[string]string{"admin": string(adminToken), "project": string(projectToken)}
	for _, test := range tests {
		t.Run(test.method+" "+test.path+" "+test.code, func(t *testing.T) { // not in parallel: two jobs that meet are busy
			r := httptest.NewRequest(test.method, "http://kv.example"+test.path, strings.NewReader(test.body))
			if test.contentType != "" {
				r.Header.Set("Content-Type", test.contentType)
			}
			token := test.token
			if known, ok := tokens[token]; ok {
				token = known
			}
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			p := problemOf(t, w)
			if diff := cmp.Diff([]any{test.status, test.code}, []any{p.Status, p.Code}); diff != "" {
				t.Errorf("%+v\n%s", p, diff)
			}
		})
	}
}

// A body in a coding is refused by name, before its length and after its type; identity is none.
func TestContentEncoding(t *testing.T) {
	t.Parallel()
	api := newConstantAPI(t)
	for _, tt := range []struct {
		codings []string
		kind    string
		length  int64
		status  int
	}{
		{[]string{"gzip"}, "application/json", 0, 415},
		{[]string{"br"}, "", 0, 415},
		{[]string{"GZIP, deflate"}, "application/json", 0, 415},
		{[]string{"identity", "zstd"}, "application/json", 0, 415},
		{[]string{"identity, gzip"}, "application/json", 0, 415},
		{[]string{"gzip"}, "application/json", 1 << 30, 415},
		{[]string{"gzip"}, "text/plain", 0, 415},
		{[]string{"identity"}, "application/json", 0, 200},
		{[]string{"Identity"}, "application/json", 0, 200},
		{[]string{""}, "application/json", 0, 200},
	} {
		body := `{"key":"a"}`
		r := httptest.NewRequest("POST", "http://kv.example/api/kv/get", strings.NewReader(body))
		r.Header["Content-Encoding"] = tt.codings
		r.Header.Set("Content-Type", tt.kind)
		r.Header.Set("Authorization", "Bearer "+string(projectToken))
		if tt.length != 0 {
			r.ContentLength = tt.length
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%q: answered %d, want %d: %s", tt.codings, w.Code, tt.status, w.Body)
			continue
		}
		names := strings.Contains(w.Body.String(), "Content-Encoding") && strings.Contains(w.Body.String(), "unsupported_media_type")
		if w.Code != 200 && tt.kind != "text/plain" && !names {
			t.Errorf("%q: the header is not named: %s", tt.codings, w.Body)
		}
	}
}

func TestHeadersOfRefusals(t *testing.T) {
	t.Parallel()
	api := newDisabledAPI(t)
	if got := call(api, "POST", "/api/kv/get", "", `{}`).Header().Get("WWW-Authenticate"); got != "Bearer" {
		t.Errorf("got WWW-Authenticate %q", got)
	}
	allowed := map[string]string{
		"/api/kv/get": "POST", "/api/projects": "GET, HEAD, POST", "/api/projects/1": "DELETE, GET, HEAD, PATCH",
		"/api/kv/update": "PATCH", "/api/kv/disable": "DELETE", "/openapi.json": "GET, HEAD", "/livez": "GET, HEAD",
	}
	for path, want := range allowed {
		if got := call(api, "PUT", path, "", "").Header().Get("Allow"); got != want {
			t.Errorf("%s: got Allow %q, want %q", path, got, want)
		}
	}
}

func TestBodiesThatDoNotArrive(t *testing.T) {
	t.Parallel()
	api := newDisabledAPI(t)
	r := httptest.NewRequest("POST", "/api/kv/get", io.MultiReader(strings.NewReader(`{"key":"a"`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.Header.Set("Authorization", "Bearer "+string(projectToken))
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	if p := problemOf(t, w); p.Code != "malformed_json" {
		t.Errorf("got %+v", p)
	}
}

// A body that says that it is too long is refused without being waited for; one of just the limit is read.
func TestBodiesThatSayTheyAreTooLong(t *testing.T) {
	t.Parallel()
	api := newDisabledAPI(t)
	const limit = 10<<20 + 64<<10
	for length, want := range map[int64]string{limit: "malformed_json", limit + 1: "too_large", 1 << 40: "too_large"} {
		r := httptest.NewRequest("POST", "/api/kv/set", iotest.ErrReader(io.ErrUnexpectedEOF))
		r.ContentLength = length
		r.Header.Set("Authorization", "Bearer "+string(projectToken))
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if p := problemOf(t, w); p.Code != want {
			t.Errorf("%d bytes: got %+v, want %s", length, p, want)
		}
	}
}

// gone is what a client leaves behind that hangs up when its answer begins.
type gone struct {
	*httptest.ResponseRecorder
	hangUp context.CancelFunc
	begun  int
}

func (g *gone) WriteHeader(int) { g.begun++ }

func (g *gone) Write([]byte) (int, error) {
	g.hangUp()
	return 0, io.ErrClosedPipe
}

func TestAnswersBeginOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "POST", "/api/kv/get", strings.NewReader(`{"key":"a"}`))
	r.Header.Set("Authorization", "Bearer "+string(projectToken))
	w := &gone{ResponseRecorder: httptest.NewRecorder(), hangUp: cancel}
	newDisabledAPI(t).ServeHTTP(w, r)
	if w.begun != 1 {
		t.Errorf("the answer begins %d times", w.begun)
	}
}

func TestFindingsNeverRepeatValues(t *testing.T) {
	t.Parallel()
	api := newDisabledAPI(t)
	w := call(api, "POST", "/api/kv/set", string(projectToken), `{"key":{"s3cret":1},"value":"s3cret","ex":"s3cret","px":-7}`)
	p := problemOf(t, w)
	if strings.Contains(w.Body.String(), "s3cret") || strings.Contains(w.Body.String(), "-7") {
		t.Errorf("the answer repeats what was sent: %s", w.Body)
	}
	want := []struct{ Location, Message string }{
		{"body.key", "must be a string"},
		{"body.ex", "must be an integer from 1 to 1000000000"},
		{"body.px", "must be an integer from 1 to 1000000000000"},
		{"body", "must not have both ex and px"},
	}
	if diff := cmp.Diff(want, p.Errors); diff != "" {
		t.Error(diff)
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	api := newDisabledAPI(t)
	for sent, kept := range map[string]bool{
		"abc-123_4.5:6": true, strings.Repeat("a", 128): true, strings.Repeat("a", 129): false, "": false,
		"a b": false, "a\tb": false, "é": false, `"quoted"`: false,
	} {
		r := httptest.NewRequest("GET", "/livez", nil)
		r.Header["X-Request-Id"] = []string{sent}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		got := w.Header().Get("X-Request-Id")
		if (got == sent) != kept || got == "" {
			t.Errorf("sent %q, got %q", sent, got)
		}
	}
}

// manyNames returns n fields that no request has.
func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"n%d":1`, i)
	}
	return b.String()
}
