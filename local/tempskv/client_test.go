// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// run executes a command line against a server that answers with h.
func run(t *testing.T, h http.HandlerFunc, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	env := map[string]string{"TEMPSKV_URL": s.URL, "TEMPSKV_TOKEN": "dt_test"}
	var out, errOut bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &errOut, lookupEnv: func(name string) (string, bool) {
		text, ok := env[name]
		return text, ok
	}}
	code = a.run(t.Context(), args)
	return code, out.String(), errOut.String()
}

// answer answers every request with the status and body.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// cut breaks every connection once the request is there.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// hang gives no answer until the client leaves, which net/http sees once the body is read.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func TestAnswersAndExitCodes(t *testing.T) {
	t.Parallel()
	get, set := []string{"kv", "get", "k"}, []string{"kv", "set", "k", "v"}
	for _, tt := range []struct {
		name   string
		h      http.HandlerFunc
		args   []string
		code   int
		stderr string
	}{
		{"inner error", answer(500, `{"detail":"Inner.","code":"internal","request_id":"r1"}`), get, 1,
			"tempskv: Inner. (internal, request r1)\n"},
		{"validation", answer(422, `{"detail":"See.","code":"invalid",`+
			`"errors":[{"location":"body.key","message":"is long"},{"location":"body.ex","message":"is short"}]}`), set, 2,
			"tempskv: key: is long\n  ex: is short\n"},
		{"unavailable", answer(503, `{"detail":"Down.","code":"kv_unavailable","request_id":"r2"}`), set, 5, "request r2"},
		{"rate limit", answer(429, `{"detail":"Slow.","code":"rate_limited"}`), get, 5, "Slow."},
		{"timeout", answer(504, `{"detail":"Late.","code":"timeout","request_id":"r3"}`), set, 5, "Late."},
		{"outcome unknown", answer(504, `{"detail":"Who knows.","code":"timeout","outcome":"unknown"}`), set, 7,
			"Who knows."},
		{"full", answer(507, `{"detail":"Full.","code":"out_of_memory"}`), set, 8, "Full."},
		{"full disk", answer(503, `{"detail":"Full.","code":"storage_full"}`), set, 8, "Full."},
		{"not supported", answer(501, `{"detail":"Not here.","code":"not_supported"}`), set, 9, "Not here."},
		{"proxy", answer(502, "<html>"), get, 5, "the answer was 502 Bad Gateway, and not from tempskv"},
		{"page", answer(404, "<html>"), get, 3, "and not from tempskv: it begins with \"<html>\"\n  check --url"},
		{"redirect", http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP, set, 1, "302 Found"},
		{"no JSON", answer(200, "<html>"), get, 1, "unexpected answer of the server"},
		{"broken read", cut, get, 5, "broke"},
		{"broken write", cut, set, 7, "it may or may not have been done: check before you repeat it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(t, tt.h, tt.args...)
			if code != tt.code || stdout != "" || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("got %d, %q and %q, want %d and %q", code, stdout, stderr, tt.code, tt.stderr)
			}
		})
	}
}

// TestNoAnswer has a server that does not answer in time. On a busy machine a short time is over before the request is sent.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"kv", "get", "k"}, 5, "gave no answer within %s; --timeout waits longer"},
		{[]string{"kv", "set", "k", "v"}, 7, "it may or may not have been done"},
	} {
		t.Run(tt.args[1], func(t *testing.T) {
			t.Parallel()
			for _, limit := range []string{"20ms", "200ms", "2s", "20s"} {
				code, stdout, stderr := run(t, hang, append(tt.args, "--timeout", limit)...)
				want := strings.ReplaceAll(tt.stderr, "%s", limit)
				if code == tt.code && stdout == "" && strings.Contains(stderr, want) {
					return
				}
				t.Logf("got %d, %q and %q, want %d and %q", code, stdout, stderr, tt.code, want)
			}
			t.Fail()
		})
	}
}

func TestValuesAreSentAsTheyAre(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{
		`hello`:                  `"hello"`,
		`5`:                      `5`,
		`1E400`:                  `1E400`,
		`01`:                     `"01"`,
		`"<&>"`:                  `"<&>"`,
		`{"b":1.0,"a":"\u00e9"}`: `{"b":1.0,"a":"\u00e9"}`,
		``:                       `""`,
		"tab\tand\x01":           `"tab\tand\u0001"`,
	} {
		var body string
		code, _, stderr := run(t, func(w http.ResponseWriter, r *http.Request) {
			var b bytes.Buffer
			_, _ = b.ReadFrom(r.Body)
			body = b.String()
			_, _ = w.Write([]byte(`{"result":"OK"}`))
		}, "kv", "set", "<key>", "--", arg)
		if sent := `{"key":"<key>","value":` + want + "}\n"; code != 0 || body != sent {
			t.Errorf("%q: sent %q, want %q (%d, %s)", arg, body, sent, code, stderr)
		}
	}
}

func TestRevokeSendsNoSecret(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, want string }{
		{"token revoke dt_secret", "that is the token itself; tempskv token list shows its id"},
		{"token revoke dt_secret --project 1", "that is the token itself"},
		{"token revoke web dt_secret", "that is the token itself"},
		{"token revoke tk_secret", "that is the API key itself; tempskv key list shows its id"},
		{"key revoke tk_secret", "that is the API key itself"},
		{"key revoke dt_secret", "that is the token itself"},
	} {
		sent := func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s: sent %s", tt.args, r.URL.Path) }
		code, stdout, stderr := run(t, sent, strings.Fields(tt.args)...)
		if code != exitUsage || !strings.Contains(stderr, tt.want) || strings.Contains(stdout+stderr, "secret") {
			t.Errorf("%s: got %d, %q and %q, want %q", tt.args, code, stdout, stderr, tt.want)
		}
	}
}

// TestAnswersOfAnotherShape checks that what no server of ours would answer is not taken for nothing, null or 0.
func TestAnswersOfAnotherShape(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ command, body, stderr string }{
		{"kv get k", `<html>sign in`, `it should be JSON, is text/html and begins with "<html>sign in"`},
		{"kv get k", ``, "it should be JSON"},
		{"kv get k", `{}`, `has no field "value"`},
		{"kv get k", `[]`, "should be an object, and is a list"},
		{"kv incr k", `{}`, `has no field "value"`},
		{"kv incr k", `{"value":null}`, `"value" should be a number, and is null`},
		{"kv incr k", `{"value":"7"}`, `"value" should be a number, and is a string`},
		{"kv set k v", `{}`, `has no field "result"`},
		{"kv del k", `{"deleted":true}`, `"deleted" should be a number, and is a boolean`},
		{"kv ttl k", `{}`, `has no field "ttl"`},
		{"kv exists k", `{}`, `has no field "exists"`},
		{"kv mget k", `{"values":null}`, `"values" should be a list, and is null`},
		{"kv keys", `{}`, `has no field "keys"`},
		{"kv scan", `{"keys":["a"]}`, `has no field "cursor"`},
		{"status", `{"ok":true}`, "has no field"},
		{"project list", `{"projects":null}`, `"projects" should be a list, and is null`},
		{"project list", `<!DOCTYPE html>`, "it should be JSON"},
		{"token list --project 1", `{"tokens":{}}`, `"tokens" should be a list, and is an object`},
		{"key list", `{}`, `has no field "api_keys"`},
		{"audit", `{"entries":"none","cursor":null}`, `"entries" should be a list, and is a string`},
		{"backup list", `{}`, `has no field`},
		{"disable", `{}`, `has no field "message"`},
	} {
		for _, json := range []string{"", " --json"} {
			code, stdout, stderr := run(t, answer(200, tt.body), strings.Fields(tt.command+json)...)
			want := tt.stderr
			if json != "" {
				want = strings.ReplaceAll(want, `"`, `\"`)
			}
			if code != exitError || stdout != "" || !strings.Contains(stderr, want) || !strings.Contains(stderr, "check --url") {
				t.Errorf("%s answered %s: %d, %q, %q, want %s", tt.command, tt.body, code, stdout, stderr, tt.stderr)
			}
		}
	}
}
