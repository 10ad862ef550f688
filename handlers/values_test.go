// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers"
)

// Values come back byte for byte, less insignificant white space.
func TestValuesAreKeptAsTheyWereSent(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	token := w.token(w.project("p"), "")
	for sent, want := range map[string]string{
		`null`: `null`, `true`: `true`, `0`: `0`, `-0`: `-0`, `1.0`: `1.0`, `1E5`: `1E5`, `1e-400`: `1e-400`,
		`9223372036854775808`:                `9223372036854775808`,
		`123456789012345678901234567890.100`: `123456789012345678901234567890.100`,
		`""`:                                 `""`, `"a"`: `"a"`, `"<script>&amp;</script>"`: `"<script>&amp;</script>"`,
		`"\u003c\/\u00e9é\ud83d\ude00\ud800"`: `"\u003c\/\u00e9é\ud83d\ude00\ud800"`,
		"\"\u2028\"":                          "\"\u2028\"",
		`{"b":1,"a":2,"b":3}`:                 `{"b":1,"a":2,"b":3}`,
		" [ 1 ,\t{ \"a b\" : \" c \" }\r\n] ": `[1,{"a b":" c "}]`,
		`[]`:                                  `[]`, `{ }`: `{}`,
		`"` + strings.Repeat("x", 100_000) + `"`: `"` + strings.Repeat("x", 100_000) + `"`,
	} {
		w.do(token, "set", `{"key":"k","value":`+sent+`}`)
		got := call(w.api, http.MethodPost, "/api/kv/get", token, `{"key":"k"}`).Body.String()
		if want := `{"value":` + want + "}\n"; got != want {
			t.Errorf("sent %.100s, got %.100s", sent, got)
		}
		got = call(w.api, http.MethodPost, "/api/kv/mget", token, `{"keys":["k","none"]}`).Body.String()
		if want := `{"values":[` + want + ",null]}\n"; got != want {
			t.Errorf("sent %.100s, mget got %.100s", sent, got)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{MaxValue: 1 << 20, MaxAnswer: 2 << 20, MaxBatch: 3 << 20})
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	token := w.token(w.project("p"), "")
	value := func(n int) string { return `"` + strings.Repeat("v", n-2) + `"` }
	w.do(token, "set", `{"key":"a","value":`+value(1<<20)+`}`)
	w.refused("too_large", token, "POST", "/api/kv/set", `{"key":"a","value":`+value(1<<20+1)+`}`)
	w.refused("too_large", token, "POST", "/api/kv/set", `{"key":"a","value":`+value(2<<20)+`}`)
	w.refused("too_large", token, "POST", "/api/kv/mset", `{"entries":[{"key":"b","value":`+value(1<<20+1)+`}]}`)
	w.do(token, "mset", `{"entries":[{"key":"b","value":`+value(1<<20)+`},{"key":"c","value":`+value(1<<20)+`}]}`)
	w.do(token, "mget", `{"keys":["a"]}`)
	w.refused("too_large", token, "POST", "/api/kv/mget", `{"keys":["a","b","c"]}`)
	// White space counts for the body and not for the value.
	w.do(token, "set", `{"key":"a","value":1`+strings.Repeat(" ", 1<<20)+`}`)
	w.refused("too_large", token, "POST", "/api/kv/set", `{"key":"a","value":1`+strings.Repeat(" ", 1<<20+64<<10)+`}`)
	w.refused("too_large", w.admin, "POST", "/api/projects", `{"name":"n"`+strings.Repeat(" ", 1<<20)+`}`)
}

// A round through every data operation, with the answers as the contract has them.
func TestDataOperations(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	token := w.token(w.project("p"), "")
	for _, step := range []struct{ op, body, want string }{
		{"get", `{"key":"a"}`, `{"value":null}`},
		{"set", `{"key":"a","value":{"x":1}}`, `{"result":"OK"}`},
		{"set", `{"key":"a","value":2,"nx":true}`, `{"result":null}`},
		{"set", `{"key":"b","value":2,"xx":true}`, `{"result":null}`},
		{"get", `{"key":"a"}`, `{"value":{"x":1}}`},
		{"ttl", `{"key":"a"}`, `{"ttl":-1}`},
		{"ttl", `{"key":"none"}`, `{"ttl":-2}`},
		{"expire", `{"key":"a","seconds":100}`, `{"result":1,"success":true}`},
		{"expire", `{"key":"none","seconds":100}`, `{"result":0,"success":false}`},
		{"ttl", `{"key":"a"}`, `{"ttl":100}`},
		{"set", `{"key":"a","value":3,"keepttl":true}`, `{"result":"OK"}`},
		{"ttl", `{"key":"a"}`, `{"ttl":100}`},
		{"persist", `{"key":"a"}`, `{"result":1,"success":true}`},
		{"persist", `{"key":"a"}`, `{"result":0,"success":false}`},
		{"set", `{"key":"a","value":3,"px":60600}`, `{"result":"OK"}`},
		{"ttl", `{"key":"a"}`, `{"ttl":61}`},
		{"incr", `{"key":"n"}`, `{"value":1}`},
		{"incr", `{"key":"n","amount":-5}`, `{"value":-4}`},
		{"incr", `{"key":"n","amount":1e2,"ex":5}`, `{"value":96}`},
		{"ttl", `{"key":"n"}`, `{"ttl":-1}`},
		{"incr", `{"key":"m","ex":50}`, `{"value":1}`},
		{"ttl", `{"key":"m"}`, `{"ttl":50}`},
		{"exists", `{"keys":["a","a","none"]}`, `{"exists":2}`},
		{"mset", `{"entries":[{"key":"c","value":1},{"key":"c","value":2},{"key":"d","value":null,"ex":9}]}`, `{"result":"OK"}`},
		{"mget", `{"keys":["c","d","none","c"]}`, `{"values":[2,null,null,2]}`},
		{"exists", `{"keys":["d"]}`, `{"exists":1}`},
		{"keys", `{"pattern":"[cd]"}`, `{"keys":["c","d"]}`},
		{"keys", `{"pattern":""}`, `{"keys":[]}`},
		{"scan", `{"pattern":"c"}`, `{"keys":["c"],"cursor":null}`},
		{"scan", `{"pattern":""}`, `{"keys":[],"cursor":null}`},
		{"del", `{"keys":["c","c","none"]}`, `{"deleted":1}`},
		{"expire", `{"key":"d","seconds":-1}`, `{"result":1,"success":true}`},
		{"get", `{"key":"d"}`, `{"value":null}`},
	} {
		answer := call(w.api, http.MethodPost, "/api/kv/"+step.op, token, step.body)
		if got := answer.Body.String(); got != step.want+"\n" || answer.Code != 200 {
			t.Errorf("%s %s: got %d %s, want %s", step.op, step.body, answer.Code, got, step.want)
		}
	}
	for _, step := range []struct{ op, body, code string }{
		{"incr", `{"key":"n","amount":9223372036854775807}`, "overflow"},
		{"incr", `{"key":"s"}`, "not_an_integer"},
	} {
		w.do(token, "set", `{"key":"s","value":"5"}`)
		w.refused(step.code, token, "POST", "/api/kv/"+step.op, step.body)
	}
}

// huma chooses what to answer with by Accept, and its choice panics on some of what can stand there.
func TestAnyAcceptIsAnsweredWithJSON(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	token := w.token(w.project("p"), "")
	for _, accept := range []string{"a;b,c", ";,a", "text/html", "application/cbor", "json", "", "*/*;q=0", strings.Repeat(",;", 1000)} {
		r := httptest.NewRequest(http.MethodPost, "/api/kv/incr", strings.NewReader(`{"key":"n"}`))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Accept", accept)
		answer := httptest.NewRecorder()
		w.api.ServeHTTP(answer, r)
		if answer.Code != 200 || answer.Header().Get("Content-Type") != "application/json" {
			t.Errorf("Accept %q: answered %d %s %s", accept, answer.Code, answer.Header(), answer.Body)
		}
	}
}

// An answer of keys is bounded as it is written, where a byte may take six.
func TestKeysAnswerIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{MaxAnswer: 1 << 20})
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	token := w.token(w.project("p"), "")
	for i := range 10 {
		w.do(token, "set", fmt.Sprintf(`{"key":"%d%s","value":1}`, i, strings.Repeat("\\u0001", 16_000)))
	}
	w.do(token, "keys", `{"pattern":"[0-8]*"}`)
	w.do(token, "set", `{"key":"x`+strings.Repeat("\\u0001", 20_000)+`","value":1}`)
	w.refused("too_many_keys", token, "POST", "/api/kv/keys", `{"pattern":"*"}`)
}
