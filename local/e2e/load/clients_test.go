// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/access"
)

// TestPaced has a server stall once: requests that were due during the stall count with the time that they waited.
func TestPaced(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server sees a client leave once it has read the body
		if n.Add(1) == 5 {
			<-r.Context().Done() // of the client, whose time is over
		}
	}))
	defer s.Close()
	const d = 400 * time.Millisecond
	took, failed, refused := paced(t.Context(), 1, d, request{method: "POST", url: s.URL, body: "{}"})
	if want := int64(d/paceEvery) - 4; len(took) != int(d/paceEvery) || failed != want {
		t.Fatalf("%d were due and %d failed, want %d", len(took), failed, want)
	}
	if refused != 0 {
		t.Errorf("%d count as refused, and were under way at the end", refused)
	}
	no := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer no.Close()
	if _, failed, refused := paced(t.Context(), 1, d, request{method: "POST", url: no.URL, body: "{}"}); refused == 0 || refused > failed {
		t.Errorf("of a server that refuses all, %d failed and %d count as refused", failed, refused)
	}
	if p50, p99 := percentile(took, 50), percentile(took, 99); p50 < 100 || p99 < 300 {
		t.Errorf("p50 %v ms, p99 %v ms", p50, p99)
	}
}

func TestNoopChecksWhatAGatewayChecks(t *testing.T) {
	t.Parallel()
	token := access.NewToken(access.DeploymentToken)
	for _, tt := range []struct {
		name, bearer, op, body string
		want                   int
	}{
		{"right", string(token), "get", keyBody(smallKey), http.StatusOK},
		{"no token", "", "get", keyBody(smallKey), http.StatusUnauthorized},
		{"another token", string(access.NewToken(access.DeploymentToken)), "get", keyBody(smallKey), http.StatusUnauthorized},
		{"no key", string(token), "get", `{}`, http.StatusBadRequest},
		{"no JSON", string(token), "get", `{`, http.StatusBadRequest},
		{"set", string(token), "set", setBody(smallKey, smallValue), http.StatusOK},
		{"incr", string(token), "incr", keyBody(counterKey), http.StatusOK},
		{"mget", string(token), "mget", keysBody(firstKeys(2)), http.StatusOK},
		{"mget of nothing", string(token), "mget", `{"keys":[]}`, http.StatusBadRequest},
		{"mset", string(token), "mset", msetBody(firstKeys(2)), http.StatusOK},
		{"mset of nothing", string(token), "mset", msetBody(nil), http.StatusBadRequest},
		{"another operation", string(token), "del", `{}`, http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequest("POST", "/api/kv/"+tt.op, strings.NewReader(tt.body))
			req.Header.Set("Authorization", "Bearer "+tt.bearer)
			w := httptest.NewRecorder()
			noop(token).ServeHTTP(w, req)
			if w.Code != tt.want {
				t.Errorf("got %d, want %d", w.Code, tt.want)
			}
		})
	}
}

// TestProbe has answers that wrk would count as good.
func TestProbe(t *testing.T) {
	t.Parallel()
	answer := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) != `{"key":"k00000000","value":0}` {
			t.Errorf("got the body %s", body)
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer s.Close()
	for _, tt := range []struct {
		answer string
		good   bool
	}{
		{`{"value":17}`, true},
		{`{"keys":[],"cursor":null}`, true},
		{`{"GET":"x"}`, true},
		{`{"value":null}`, false},
		{`{"GET":null}`, false},
		{`{"MSET":[false,"ERR wrong number of arguments for MSET"]}`, false},
	} {
		answer = tt.answer
		subject := subject{request: request{method: "POST", url: s.URL, body: setBody(oneOfKeys, "#"), keys: 10}}
		if err := subject.probe(t.Context()); (err == nil) != tt.good {
			t.Errorf("%s: got %v", tt.answer, err)
		}
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(inOrder(1)[:2], []string{"k00001000", "k00001001"}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	if got, want := len(mediumValue), 1<<10; got != want {
		t.Errorf("the value of 1 KiB has %d bytes", got)
	}
	w := &webdisServer{gateway: gateway{url: "http://a"}, keys: &server{project: 3}}
	if got, want := w.read("MGET", "a", "b/c").request.url, "http://a/MGET/kv:p3:a/kv:p3:b%2Fc"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := w.command("SET", "a"), "SET/kv:p3:a/%7B%22id%22:4711%2C"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want it to begin with %s", got, want)
	}
}
