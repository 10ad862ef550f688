// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/limits"
)

// repeat sends a data operation with these Idempotency-Keys.
func (w *world) repeat(token, op, body string, keys ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/api/kv/"+op, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header["Idempotency-Key"] = keys
	answer := httptest.NewRecorder()
	w.api.ServeHTTP(answer, r)
	return answer
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	token := w.token(w.project("p"), "")
	w.do(token, "mset", `{"entries":[{"key":"a","value":1},{"key":"b","value":1},{"key":"text","value":"t"}]}`)
	for _, tt := range []struct {
		op, body string
		status   int
		want     string // the beginning of both answers
		between  string // a set between the two, so that the second would be answered otherwise
		after    string // what get tells of that key at the end
	}{
		{"incr", `{"key":"n","amount":5}`, 200, `{"value":5}`, `{"key":"n","value":1}`, `{"value":1}`},
		{"set", `{"key":"nx","value":1,"nx":true}`, 200, `{"result":"OK"}`, `{"key":"nx","value":2}`, `{"value":2}`},
		{"set", `{"key":"xx","value":1,"xx":true}`, 200, `{"result":null}`, `{"key":"xx","value":2}`, `{"value":2}`},
		{"set", `{"key":"s","value":1}`, 200, `{"result":"OK"}`, `{"key":"s","value":2}`, `{"value":2}`},
		{"mset", `{"entries":[{"key":"m","value":1}]}`, 200, `{"result":"OK"}`, `{"key":"m","value":2}`, `{"value":2}`},
		{"del", `{"keys":["a","b","none"]}`, 200, `{"deleted":2}`, `{"key":"a","value":2}`, `{"value":2}`},
		{"incr", `{"key":"text"}`, 409, `{"type":"http://example.com/docs/errors/not_an_integer"`, `{"key":"text","value":1}`, `{"value":1}`},
	} {
		t.Run(tt.op+" "+tt.body, func(t *testing.T) {
			first := w.repeat(token, tt.op, tt.body, "key of "+tt.body)
			w.do(token, "set", tt.between)
			second := w.repeat(token, tt.op, tt.body, "key of "+tt.body)
			for i, answer := range []*httptest.ResponseRecorder{first, second} {
				if answer.Code != tt.status || !strings.HasPrefix(answer.Body.String(), tt.want) {
					t.Errorf("answer %d: %d %s, want %d %s", i+1, answer.Code, answer.Body, tt.status, tt.want)
				}
			}
			replayed := []string{first.Header().Get("Idempotent-Replayed"), second.Header().Get("Idempotent-Replayed")}
			if diff := cmp.Diff(replayed, []string{"", "true"}); diff != "" {
				t.Errorf("Idempotent-Replayed: (-got +want)\n%s", diff)
			}
			key, _, _ := strings.Cut(tt.between, ",")
			if got := call(w.api, "POST", "/api/kv/get", token, key+"}").Body.String(); strings.TrimSpace(got) != tt.after {
				t.Errorf("get answers %s, want %s", got, tt.after)
			}
		})
	}
}

func TestIdempotencyKeyOfAnotherRequest(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	project := w.project("p")
	token, other := w.token(project, ""), w.token(w.project("q"), "")
	if answer := w.repeat(token, "incr", `{"key":"n"}`, "k"); answer.Code != 200 {
		t.Fatal(answer.Code, answer.Body)
	}
	for op, body := range map[string]string{
		"incr": `{"key":"n","amount":2}`, "set": `{"key":"n","value":1}`, "del": `{"keys":["n"]}`,
		"mset": `{"entries":[{"key":"m","value":1}]}`,
	} {
		p := problemOf(t, w.repeat(token, op, body, "k"))
		if p.Status != 422 || p.Code != "invalid" || !strings.Contains(p.Detail, "Idempotency-Key") {
			t.Errorf("%s with the key of another request: %+v", op, p)
		}
	}
	for name, answer := range map[string]*httptest.ResponseRecorder{
		"another project":           w.repeat(other, "incr", `{"key":"n"}`, "k"),
		"another token of the same": w.repeat(w.token(project, ""), "incr", `{"key":"n"}`, "k"),
		"the same request":          w.repeat(token, "incr", `{"key":"n"}`, "k"),
		"what it means nothing to":  w.repeat(token, "get", `{"key":"m"}`, "k"),
	} {
		got := strings.TrimSpace(answer.Body.String())
		if answer.Code != 200 || got != `{"value":1}` && got != `{"value":null}` {
			t.Errorf("%s: answered %d %s", name, answer.Code, got)
		}
		if replayed := answer.Header().Get("Idempotent-Replayed"); (replayed == "") == strings.Contains(name, "same") {
			t.Errorf("%s: Idempotent-Replayed: %q", name, replayed)
		}
	}
}

func TestOddIdempotencyKeys(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	token := w.token(w.project("p"), "")
	for name, keys := range map[string][]string{
		"empty": {""}, "too long": {strings.Repeat("k", 256)}, "given twice": {"a", "a"}, "not ASCII": {"\u00e9"},
		"bytes": {"\xff"}, "a tab": {"a\tb"},
	} {
		p := problemOf(t, w.repeat(token, "incr", `{"key":"n"}`, keys...))
		if p.Code != "invalid" || len(p.Errors) != 1 || p.Errors[0].Location != "header.Idempotency-Key" {
			t.Errorf("%s: %+v", name, p)
		}
		// It means nothing to what changes nothing, or the same however often.
		for op, body := range map[string]string{
			"get": `{"key":"n"}`, "expire": `{"key":"n","seconds":5}`, "persist": `{"key":"n"}`,
		} {
			if answer := w.repeat(token, op, body, keys...); answer.Code != 200 {
				t.Errorf("%s with one that is %s: %d %s", op, name, answer.Code, answer.Body)
			}
		}
	}
	for _, key := range []string{strings.Repeat("k", 255), " ", "!", "~", `"a"`, "{}", "*"} {
		if answer := w.repeat(token, "incr", `{"key":"n"}`, key); answer.Code != 200 {
			t.Errorf("%q: %d %s", key, answer.Code, answer.Body)
		}
	}
	if got := w.do(token, "incr", `{"key":"n","amount":0}`)["value"]; got != 7.0 {
		t.Errorf("n is %v, want 7", got)
	}
}

// A wrong key is refused among what else is wrong with the request, and after what comes before that.
func TestOrderOfIdempotencyKeys(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	project := w.project("p")
	token, reader := w.token(project, ""), w.token(project, `,"read_only":true`)
	for _, tt := range []struct{ token, body, want string }{
		{"dt_nobody", `{"key":"n"}`, "unauthorized"},
		{token, `{"key":`, "malformed_json"},
		{w.admin, `{"key":"n"}`, "project_id_required"},
		{reader, `{"key":"n"}`, "permission_denied"},
		{token, `{"key":0}`, "invalid"},
		{w.admin, `{"key":"n","project_id":999}`, "invalid"},
	} {
		if p := problemOf(t, w.repeat(tt.token, "incr", tt.body, "")); p.Code != tt.want {
			t.Errorf("%s: got %s, want %s", tt.body, p.Code, tt.want)
		}
	}
	if p := problemOf(t, w.repeat(token, "incr", `{"key":0}`, "")); len(p.Errors) != 2 {
		t.Errorf("got %+v", p.Errors)
	}
	// What is refused before it has an effect leaves the key free.
	for _, body := range []string{`{"key":0}`, `{"key":"n","ex":0}`} {
		if answer := w.repeat(token, "incr", body, "free"); answer.Code != 422 {
			t.Errorf("%s: %d", body, answer.Code)
		}
	}
	if answer := w.repeat(token, "incr", `{"key":"n"}`, "free"); answer.Code != 200 {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// TestAnswersCountInQuota fills a project with the answers to requests with an Idempotency-Key. It is refused then, and
// told what to do, while what repeats a request is still answered, and another project has all its room.
func TestAnswersCountInQuota(t *testing.T) {
	t.Parallel()
	w := newLimitedWorld(t, handlers.Bounds{}, limits.Config{Bytes: 4000})
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	token, other := w.token(w.project("p"), ""), w.token(w.project("q"), "")
	w.do(token, "set", `{"key":"long","value":"`+strings.Repeat("v", 300)+`"}`)
	taken := 0
	for ; ; taken++ {
		answer := w.repeat(token, "incr", `{"key":"n"}`, fmt.Sprint("request ", taken))
		if answer.Code == 507 {
			break
		}
		if answer.Code != 200 || taken > 100 {
			t.Fatalf("request %d: %d %s", taken, answer.Code, answer.Body)
		}
	}
	if taken < 25 || taken > 45 {
		t.Errorf("%d answers went into 4000 bytes", taken)
	}
	full := func(op, body string) {
		t.Helper()
		p := problemOf(t, w.repeat(token, op, body, "another"))
		if p.Status != 507 || p.Code != "quota_exceeded" || !strings.Contains(p.Detail, "are answers to requests with an Idempotency-Key, "+
			"which are kept for 24 hours: delete keys, send requests without that header") {
			t.Errorf("%s %s: got %+v", op, body, p)
		}
	}
	full("incr", `{"key":"n"}`)
	full("set", `{"key":"n","value":1}`)
	full("mset", `{"entries":[{"key":"n","value":1}]}`)
	full("del", `{"keys":["none"]}`)
	if a := w.repeat(token, "incr", `{"key":"n"}`, "request 3"); a.Code != 200 || a.Body.String() != "{\"value\":4}\n" || a.Header().Get("Idempotent-Replayed") == "" {
		t.Errorf("a repeated request: %d %s", a.Code, a.Body)
	}
	if p := problemOf(t, w.repeat(token, "incr", `{"key":"m"}`, "request 3")); p.Status != 422 {
		t.Errorf("another request with that key: %+v", p)
	}
	w.do(token, "incr", `{"key":"n"}`)
	w.do(token, "get", `{"key":"n"}`)
	w.do(token, "exists", `{"keys":["n"]}`)
	if a := w.repeat(other, "set", `{"key":"n","value":1}`, "another"); a.Code != 200 {
		t.Errorf("another project: %d %s", a.Code, a.Body)
	}
	if a := w.repeat(token, "del", `{"keys":["long"]}`, "room"); a.Code != 200 || a.Body.String() != "{\"deleted\":1}\n" {
		t.Errorf("a delete that makes room for its answer: %d %s", a.Code, a.Body)
	}
	if a := w.repeat(token, "incr", `{"key":"n"}`, "again"); a.Code != 200 {
		t.Errorf("after a delete: %d %s", a.Code, a.Body)
	}
	w.do(token, "del", `{"keys":["n"]}`)
}
