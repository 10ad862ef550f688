// SPDX-License-Identifier: Apache-2.0

package goclient_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// connect returns a client of a server that answers with h.
func connect(t *testing.T, h http.HandlerFunc) *goclient.ClientWithResponses {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := goclient.New(s.URL+"/", "dt_test")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer answers every request with that body.
func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestValuesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	const value = `{"n":12345678901234567890.0,"html":"<&>","n":"\u003c"}`
	var path, token string
	var sent []byte
	c := connect(t, func(w http.ResponseWriter, r *http.Request) {
		path, token = r.URL.Path, r.Header.Get("Authorization")
		sent, _ = io.ReadAll(r.Body)
		answer(200, "application/json", `{"value":`+value+`,"result":"OK","values":[`+value+`]}`)(w, r)
	})
	if _, err := c.KVSetWithResponse(t.Context(), goclient.SetRequest{Key: "k", Value: json.RawMessage(value)}); err != nil {
		t.Fatal(err)
	}
	if got, want := string(sent), `{"key":"k","value":`+value+"}\n"; got != want || token != "Bearer dt_test" {
		t.Errorf("sent %s with %q, want %s", got, token, want)
	}
	entries := []goclient.MSetEntry{{Key: "k", Value: json.RawMessage(value), PX: new(int64(5))}}
	if _, err := c.KVMSetWithResponse(t.Context(), goclient.MSetRequest{Entries: entries}); err != nil {
		t.Fatal(err)
	}
	if got, want := string(sent), `{"entries":[{"key":"k","px":5,"value":`+value+"}]}\n"; got != want || path != "/api/kv/mset" {
		t.Errorf("sent %s to %s, want %s", got, path, want)
	}
	got, err := c.KVGetWithResponse(t.Context(), goclient.KeyRequest{Key: "k"})
	if err != nil || string(got.JSON200.Value) != value {
		t.Errorf("got %+v, %v", got, err)
	}
	many, err := c.KVMGetWithResponse(t.Context(), goclient.KeysRequest{Keys: []string{"k"}})
	if err != nil || string(many.JSON200.Values[0]) != value {
		t.Errorf("got %+v, %v", many, err)
	}
}

func TestWhiteSpaceAroundTheToken(t *testing.T) {
	t.Parallel()
	var sent string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = r.Header.Get("Authorization")
		answer(200, "application/json", `{"value":1}`)(w, r)
	}))
	t.Cleanup(s.Close)
	c, err := goclient.New(s.URL+"\n", " dt_test\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"}); err != nil || sent != "Bearer dt_test" {
		t.Errorf("sent %q, %v", sent, err)
	}
	for _, token := range []string{"dt_Hunter2 Hunter2", "dt_Hunter2\nX-Other: Hunter2", "dt_Hunter2\x00"} {
		if _, err := goclient.New(s.URL, token); err == nil || strings.Contains(err.Error(), "Hunter2") {
			t.Errorf("the token %q: %v", token, err)
		}
	}
}

func TestRefusalsAreErrors(t *testing.T) {
	t.Parallel()
	const problem = "application/problem+json"
	for _, tt := range []struct {
		h    http.HandlerFunc
		code goclient.ProblemCode
		text string
	}{
		{answer(409, problem, `{"status":409,"code":"not_an_integer","detail":"Set it."}`),
			goclient.ProblemCodeNotAnInteger, "409 not_an_integer: Set it."},
		{answer(599, problem, `{"code":"yet_unknown","detail":"New."}`), "yet_unknown", "599 yet_unknown: New."},
		{answer(422, problem, `{"code":"invalid","detail":"See errors.","errors":[{"location":"body.key","message":"must not be empty"},`+
			`{"location":"body","message":"must not have both ex and px"}]}`),
			goclient.ProblemCodeInvalid, "422 invalid: See errors. body.key: must not be empty; body: must not have both ex and px"},
		{answer(502, "text/html", `<html>`), "", `the answer was 502 Bad Gateway, and not from tempskv: it begins with "<html>"`},
		{answer(413, "text/html", ``), "", "the answer was 413 Request Entity Too Large, and not from tempskv"},
		{answer(403, "application/json", `{"message":"Forbidden"}`), "", "the answer was 403 Forbidden, and not from tempskv: Forbidden"},
		{answer(400, problem, `{"title":"Bad","detail":"No tenant."}`), "", "the answer was 400 Bad Request, and not from tempskv: No tenant."},
		{answer(500, problem, `{"code":"internal",`), "", "the answer was 500 Internal Server Error, and not from tempskv: " +
			`it begins with "{\"code\":\"internal\","`},
		{http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP, "", "the answer was 302 Found, and not from tempskv: " +
			"it redirects to /elsewhere, so use that address"},
	} {
		_, err := connect(t, tt.h).KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"})
		refused, ok := errors.AsType[*goclient.Error](err)
		if !ok {
			t.Fatalf("got %v, want %s", err, tt.text)
		}
		if diff := cmp.Diff([]string{string(refused.Code), refused.Error()}, []string{string(tt.code), tt.text}); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
	}
}

// TestCutOffRefusals keeps the status of an answer whose body does not come to its end.
func TestCutOffRefusals(t *testing.T) {
	t.Parallel()
	_, err := connect(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusServiceUnavailable)
	}).KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"})
	if refused, ok := errors.AsType[*goclient.Error](err); !ok || refused.Response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %v", err)
	}
}

// TestErrorsDoNotHoldTheToken looks into all that an error leads to, as some logs do.
func TestErrorsDoNotHoldTheToken(t *testing.T) {
	t.Parallel()
	for _, h := range []http.HandlerFunc{
		answer(401, "application/problem+json", `{"code":"unauthorized","detail":"dt_test is unknown."}`),
		answer(502, "text/html", "<html>dt_test"), answer(200, "text/html", "<html>dt_test"), answer(200, "application/json", `["dt_test"]`),
		http.RedirectHandler("/?token=dt_test", http.StatusFound).ServeHTTP, answer(403, "application/json", `{"message":"dt_test"}`), answer(203, "application/json", `{"value":1,"was":"dt_test"}`),
	} {
		_, err := connect(t, h).KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"})
		if err == nil {
			t.Fatal("no error")
		}
		var res *http.Response
		if refused, ok := errors.AsType[*goclient.Error](err); ok {
			res = refused.Response
		} else if unexpected, ok := errors.AsType[*goclient.UnexpectedError](err); ok {
			res = unexpected.Response
		}
		if body, _ := io.ReadAll(res.Body); strings.Contains(err.Error()+string(body), "dt_test") {
			t.Errorf("%v holds the token, or %s", err, body)
		}
		if res.Request.URL.Path != "/api/kv/incr" || strings.Contains(fmt.Sprint(res.Request.Header), "dt_test") {
			t.Errorf("the request of %v has the header %v", err, res.Request.Header)
		}
	}
}

// TestForgottenValues checks that a request without its value does not store null.
func TestForgottenValues(t *testing.T) {
	t.Parallel()
	c := connect(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was called", r.URL.Path) })
	_, err := c.KVSetWithResponse(t.Context(), goclient.SetRequest{Key: "k"})
	_, err2 := c.KVMSetWithResponse(t.Context(), goclient.MSetRequest{
		Entries: []goclient.MSetEntry{{Key: "k", Value: json.RawMessage("null")}, {Key: "l"}},
	})
	for _, err := range []error{err, err2} {
		if err == nil || !strings.Contains(err.Error(), "has no value") {
			t.Errorf("got %v", err)
		}
	}
}

// TestTheURLIsNotRepeated takes the token for the URL.
func TestTheURLIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"dt_Hunter2", "", "ftp://Hunter2", "http://", "http://%zz/Hunter2", "//Hunter2"} {
		if _, err := goclient.New(server, "dt_test"); err == nil || strings.Contains(err.Error(), "Hunter2") {
			t.Errorf("the URL %q: %v", server, err)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	var sent []string
	c := connect(t, func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("Idempotency-Key"))
		answer(200, "application/json", `{"value":1,"result":"OK"}`)(w, r)
	})
	once := goclient.IdempotencyKey("a key")
	for range 2 {
		if _, err := c.KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"}, once); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.KVSetWithResponse(t.Context(), goclient.SetRequest{Key: "k", Value: json.RawMessage(`1`)}, once); err != nil {
		t.Fatal(err)
	}
	if _, err := c.KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sent, []string{"a key", "a key", "a key", ""}); diff != "" {
		t.Errorf("sent Idempotency-Keys (-got +want)\n%s", diff)
	}
}

// TestEndlessAnswers reads answers that do not end.
func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
		c := connect(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, err := io.WriteString(w, `{"value":"`)
			for part := strings.Repeat("x", 1<<20); err == nil; {
				_, err = io.WriteString(w, part)
			}
		})
		_, err := c.KVGetWithResponse(t.Context(), goclient.KVGetJSONRequestBody{Key: "k"})
		refused, ok := errors.AsType[*goclient.Error](err)
		if status == http.StatusOK && (err == nil || !strings.Contains(err.Error(), "larger than 128 MiB")) ||
			status != http.StatusOK && (!ok || refused.Response.StatusCode != status) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// TestAnswersOfAnotherShape checks that no answer is taken for null, 0 or nothing that is not what the document says.
func TestAnswersOfAnotherShape(t *testing.T) {
	t.Parallel()
	calls := map[string]func(c *goclient.ClientWithResponses) error{
		"get": func(c *goclient.ClientWithResponses) error {
			_, err := c.KVGetWithResponse(t.Context(), goclient.KeyRequest{Key: "k"})
			return err
		},
		"set": func(c *goclient.ClientWithResponses) error {
			_, err := c.KVSetWithResponse(t.Context(), goclient.SetRequest{Key: "k", Value: json.RawMessage(`1`)})
			return err
		},
		"incr": func(c *goclient.ClientWithResponses) error {
			_, err := c.KVIncrWithResponse(t.Context(), goclient.IncrRequest{Key: "k"})
			return err
		},
		"mget": func(c *goclient.ClientWithResponses) error {
			_, err := c.KVMGetWithResponse(t.Context(), goclient.KeysRequest{Keys: []string{"k"}})
			return err
		},
		"keys": func(c *goclient.ClientWithResponses) error {
			_, err := c.KVKeysWithResponse(t.Context(), goclient.KeysByPatternRequest{Pattern: "*"})
			return err
		},
		"expire": func(c *goclient.ClientWithResponses) error {
			_, err := c.KVExpireWithResponse(t.Context(), goclient.ExpireRequest{Key: "k", Seconds: 1})
			return err
		},
		"projects": func(c *goclient.ClientWithResponses) error {
			_, err := c.ListProjectsWithResponse(t.Context())
			return err
		},
	}
	for _, tt := range []struct{ call, contentType, body, want string }{
		{"get", "text/html", "<html>sign in", `it should be JSON, is text/html and begins with "<html>sign in"`},
		{"projects", "text/html; charset=utf-8", "<html>", "is text/html"},
		{"get", "application/json", "", `it should be JSON, is application/json and begins with ""`},
		{"get", "", "", `it should be JSON, is of no type and begins with ""`},
		{"get", "application/json", `{"value":`, `it should be JSON, is application/json and begins with "{\"value\":"`},
		{"get", "application/json", `{}`, `the answer has no field "value", and is "{}"`},
		{"get", "application/json", `{"Value":1}`, `no field "value"`},
		{"get", "application/json", `[1]`, "the answer should be an object, and is a list"},
		{"get", "application/json", `null`, "the answer should be an object, and is null"},
		{"set", "application/json", `{"result":true}`, `"result" should be a string, and is a boolean`},
		{"set", "application/json", `{"ok":true}`, `no field "result"`},
		{"incr", "application/json", `{}`, `no field "value"`},
		{"incr", "application/json", `{"value":null}`, `"value" should be a number, and is null`},
		{"incr", "application/json", `{"value":"1"}`, `"value" should be a number, and is a string`},
		{"incr", "application/json", `{"value":1.5}`, `"value" should be a number, and is "1.5"`},
		{"incr", "application/json", `{"value":9223372036854775808}`, `"value" should be a number, and is "9223372036854775808"`},
		{"mget", "application/json", `{"values":null}`, `"values" should be a list, and is null`},
		{"mget", "application/json", `{"values":{}}`, `"values" should be a list, and is an object`},
		{"keys", "application/json", `{"keys":[1]}`, `"keys"[0] should be a string, and is a number`},
		{"expire", "application/json", `{"result":1}`, `no field "success"`},
	} {
		err := calls[tt.call](connect(t, answer(200, tt.contentType, tt.body)))
		unexpected, ok := errors.AsType[*goclient.UnexpectedError](err)
		if !ok || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s answered %s: %v, want %s", tt.call, tt.body, err, tt.want)
			continue
		}
		if body, err := io.ReadAll(unexpected.Response.Body); string(body) != tt.body || err != nil {
			t.Errorf("the body is %q, %v", body, err)
		}
	}
	for _, status := range []int{201, 202, 203, 206} {
		if err := calls["get"](connect(t, answer(status, "application/json", `{"value":1}`))); err == nil {
			t.Errorf("status %d is taken for 200", status)
		}
	}
	for call, body := range map[string]string{
		"get": `{"value":null,"more":1}`, "set": ` {"result": null} `, "mget": `{"values":[null,1]}`, "keys": `{"keys":[]}`,
	} {
		for _, contentType := range []string{"application/json; charset=utf-8", "text/plain", ""} {
			if err := calls[call](connect(t, answer(200, contentType, body))); err != nil {
				t.Errorf("%s answered %s: %v", call, body, err)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	const project = `{"id":1,"name":"a","created_at":"2030-01-02T15:04:05Z","limits":{"bytes":0,"keys":0,"requests_per_second":0}}`
	for body, want := range map[string]string{
		`{"projects":[` + project + `]}`:                                      "",
		`{"projects":[` + project + `,{}]}`:                                   `"projects"[1] has no field`,
		`{"projects":[` + strings.Replace(project, "2030", "20", 1) + `]}`:    `"created_at" should be a string, and is`,
		`{"projects":[` + strings.Replace(project, `"a"`, "null", 1) + `]}`:   `"name" should be a string, and is null`,
		`{"projects":[` + strings.Replace(project, `"keys":0,`, "", 1) + `]}`: `"limits" has no field "keys"`,
		`{"projects":[null]}`:                                                 `"projects"[0] should be an object, and is null`,
	} {
		err := goclient.Decode([]byte(body), new(goclient.Projects))
		if got := fmt.Sprint(err); (want == "") != (err == nil) || !strings.Contains(got, want) && want != "" {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}
