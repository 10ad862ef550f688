// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
)

func TestRateLimits(t *testing.T) {
	t.Parallel()
	const slow = 1 // a second: what is let through during the test is the burst, and a few more
	w := newLimitedWorld(t, handlers.Bounds{}, limits.Config{
		Token: limits.Rate{PerSecond: slow, Burst: 50}, Project: limits.Rate{PerSecond: slow, Burst: 200},
	})
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	p, q := w.project("p"), w.project("q")
	token, other, third := w.token(p, ""), w.token(p, ""), w.token(q, "")

	flood := func(token, body string) (passed int, refused *httptest.ResponseRecorder) {
		for range 500 {
			answer := call(w.api, "POST", "/api/kv/get", token, body)
			if answer.Code != 200 {
				return passed, answer
			}
			passed++
		}
		t.Fatal("nothing was refused")
		return 0, nil
	}
	begin := time.Now()
	few := func(what string, got, want int) {
		t.Helper()
		if more := 1 + slow*int(time.Since(begin)/time.Second); got < want || got > want+more {
			t.Errorf("%s: %d went through, want %d and at most %d more", what, got, want, more)
		}
	}
	first := call(w.api, "POST", "/api/kv/get", token, `{"key":"a"}`).Header()
	if got := []string{first.Get("RateLimit-Limit"), first.Get("RateLimit-Remaining"), first.Get("RateLimit-Reset")}; !cmp.Equal(got, []string{"50", "49", "1"}) {
		t.Errorf("the first answer says %v", got)
	}
	passed, refused := flood(token, `{"key":"a"}`)
	few("a token", passed, 49)
	if p := problemOf(t, refused); p.Code != "rate_limited" || refused.Code != 429 || !strings.Contains(p.Detail, "this token") {
		t.Errorf("refused with %+v", p)
	}
	h := refused.Header()
	if after, err := strconv.Atoi(h.Get("Retry-After")); err != nil || after != 1 || h.Get("RateLimit-Remaining") != "0" || h.Get("RateLimit-Limit") != "50" {
		t.Errorf("refused with %v", h)
	}
	passed, _ = flood(other, `{"key":"a"}`)
	few("another token of the project", passed, 50)
	passed, _ = flood(third, `{"key":"a"}`)
	few("a token of another project", passed, 50)
	for range 100 { // management is not a data operation
		w.want(200, token, "GET", "/api/kv/status", "")
	}
}

func TestRateLimitOfAProject(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	p, q := w.project("p"), w.project("q")
	got := w.want(200, w.admin, "PATCH", fmt.Sprintf("/api/projects/%d", p), `{"limits":{"requests_per_second":1}}`)
	want := map[string]any{"requests_per_second": 1.0, "keys": 0.0, "bytes": 0.0}
	if diff := cmp.Diff(want, got["limits"]); diff != "" {
		t.Error(diff)
	}
	one, two, apart := w.token(p, ""), w.token(p, ""), w.token(q, "")
	refused := 0
	for i := range 100 {
		token, body := one, `{"key":"a"}`
		switch i % 3 {
		case 1:
			token = two
		case 2:
			token, body = w.admin, fmt.Sprintf(`{"key":"a","project_id":%d}`, p)
		}
		answer := call(w.api, "POST", "/api/kv/get", token, body)
		if answer.Code != 200 {
			refused++
			if p := problemOf(t, answer); p.Code != "rate_limited" || !strings.Contains(p.Detail, "this project") {
				t.Errorf("refused with %+v", p)
			}
		}
		if i == 0 && answer.Code != 200 {
			t.Error("the first request was refused")
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
	for range 100 {
		w.do(apart, "get", `{"key":"a"}`)
		w.want(200, w.admin, "GET", "/api/projects", "")
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	w := newLimitedWorld(t, handlers.Bounds{}, limits.Config{Keys: 3})
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	id := w.project("p")
	token, free := w.token(id, ""), w.token(w.project("q"), "")
	set := func(key string, size int) string {
		return fmt.Sprintf(`{"key":%q,"value":%q}`, key, strings.Repeat("v", size))
	}
	full := func(op, body, detail string) {
		t.Helper()
		answer := call(w.api, "POST", "/api/kv/"+op, token, body)
		if p := problemOf(t, answer); p.Code != "quota_exceeded" || p.Status != 507 || !strings.Contains(p.Detail, detail) {
			t.Errorf("%s %.80s: got %+v", op, body, p)
		}
	}
	for _, key := range []string{"a", "b", "c"} {
		w.do(token, "set", set(key, 10))
	}
	full("set", set("d", 1), "holds 3 keys and may hold 3")
	full("incr", `{"key":"n"}`, "3 keys")
	full("mset", `{"entries":[{"key":"a","value":1},{"key":"d","value":1}]}`, "3 keys")
	w.do(token, "set", set("a", 20))
	w.do(token, "mset", `{"entries":[{"key":"a","value":1},{"key":"b","value":1},{"key":"a","value":1}]}`)
	w.do(token, "incr", `{"key":"a"}`)
	w.do(token, "get", `{"key":"a"}`)
	w.do(token, "del", `{"keys":["c"]}`)
	w.do(token, "set", set("d", 1))
	full("set", set("e", 1), "3 keys")
	w.do(free, "set", set("a", 1))

	change := func(limits string) {
		t.Helper()
		w.want(200, w.admin, "PATCH", fmt.Sprintf("/api/projects/%d", id), `{"limits":`+limits+`}`)
	}
	eventually := func(status int, body string) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); ; {
			answer := call(w.api, "POST", "/api/kv/set", token, body)
			if answer.Code == status {
				return
			} else if time.Now().After(deadline) {
				t.Fatalf("set %.80s: still answered %d %s", body, answer.Code, answer.Body)
			}
			<-time.After(10 * time.Millisecond)
		}
	}
	change(`{"keys":-1,"bytes":1000}`)
	eventually(200, set("e", 1))
	eventually(507, set("f", 1000))
	full("set", set("f", 1000), "and may hold 1000, and this would add 1067")
	w.do(token, "set", set("f", 300))
	w.do(token, "set", set("f", 350)) // in place of what was there
	full("set", set("g", 300), "bytes")
	w.do(token, "incr", `{"key":"a"}`)
	change(`{"bytes":-1}`)
	eventually(200, set("g", 1000))
}

// slowStore is a store whose reads wait until they are let go.
type slowStore struct {
	constant
	entered chan kv.ProjectID
	release chan struct{}
}

func (s slowStore) Get(_ context.Context, p kv.ProjectID, _ kv.Key) (kv.Value, error) {
	s.entered <- p
	<-s.release
	return kv.Value("1"), nil
}

// TestShedding fills every place: a data operation more waits and is refused as one that can be repeated, before its body
// is looked at where the token tells the project, while management is answered.
func TestShedding(t *testing.T) {
	t.Parallel()
	store := slowStore{entered: make(chan kv.ProjectID), release: make(chan struct{})}
	api := newLimitedAPIOn(t, store, limits.New(limits.Config{InFlight: 1}))
	ended := make(chan *httptest.ResponseRecorder)
	go func() { ended <- call(api, "POST", "/api/kv/get", string(projectToken), `{"key":"a"}`) }()
	<-store.entered
	for body, token := range map[string]access.Token{
		`{"key":"a"}`: projectToken, `no JSON`: projectToken, `{"key":"a","project_id":1}`: adminToken,
	} {
		shed := call(api, "POST", "/api/kv/get", string(token), body)
		if p := problemOf(t, shed); p.Code != "kv_unavailable" || shed.Header().Get("Retry-After") != "1" || !strings.Contains(p.Detail, "too many operations") {
			t.Errorf("one too many, %s: %+v %v", body, p, shed.Header())
		}
	}
	for _, path := range []string{"/livez", "/readyz", "/api/projects", "/api/kv/status"} {
		if answer := call(api, "GET", path, string(adminToken), ""); answer.Code != 200 {
			t.Errorf("%s meanwhile: %d %s", path, answer.Code, answer.Body)
		}
	}
	close(store.release)
	if answer := <-ended; answer.Code != 200 {
		t.Errorf("the one that was inside: %d %s", answer.Code, answer.Body)
	}
}

// blocked is a client that reads no answer until it is released.
type blocked struct {
	*httptest.ResponseRecorder
	reached, release chan struct{}
}

func (w blocked) Write(b []byte) (int, error) {
	w.reached <- struct{}{}
	<-w.release
	return w.ResponseRecorder.Write(b)
}

// TestSlowClientsTakeNoPlace has one client send its body slowly, and another leave its answer unread, where one
// operation runs at a time.
func TestSlowClientsTakeNoPlace(t *testing.T) {
	t.Parallel()
	limiter := limits.New(limits.Config{InFlight: 1})
	api := newLimitedAPIOn(t, constant{}, limiter)
	reached, release := make(chan struct{}), make(chan struct{})
	sent := func(body io.Reader) *http.Request {
		r := httptest.NewRequest("POST", "/api/kv/get", body)
		r.Header.Set("Authorization", "Bearer "+string(projectToken))
		return r
	}
	var slow sync.WaitGroup
	answers := []*httptest.ResponseRecorder{httptest.NewRecorder(), httptest.NewRecorder()}
	slow.Go(func() {
		api.ServeHTTP(answers[0], sent(io.MultiReader(stalls{reached, release}, strings.NewReader(`{"key":"a"}`))))
	})
	slow.Go(func() { api.ServeHTTP(blocked{answers[1], reached, release}, sent(strings.NewReader(`{"key":"a"}`))) })
	<-reached
	<-reached
	if answer := call(api, "POST", "/api/kv/get", string(projectToken), `{"key":"a"}`); answer.Code != 200 {
		t.Errorf("next to slow clients: %d %s", answer.Code, answer.Body)
	}
	close(release)
	slow.Wait()
	for i, answer := range answers {
		if answer.Code != 200 {
			t.Errorf("slow client %d: %d %s", i, answer.Code, answer.Body)
		}
	}
	if taken, waiting := limiter.InFlight(); taken != 0 || waiting != 0 {
		t.Errorf("%d places are taken and %d wait in the end", taken, waiting)
	}
}

// broken is a store whose reads panic.
type broken struct{ constant }

func (broken) Get(context.Context, kv.ProjectID, kv.Key) (kv.Value, error) { panic("broken") }

// TestEveryOperationLeaves ends operations in each way that there is: nobody keeps a place.
func TestEveryOperationLeaves(t *testing.T) {
	t.Parallel()
	limiter := limits.New(limits.Config{InFlight: 1})
	api := newLimitedAPIOn(t, broken{}, limiter)
	for _, tt := range []struct {
		op    string
		token access.Token
		body  string
		want  int
	}{
		{"get", projectToken, `{"key":"a"}`, 500},
		{"get", adminToken, `{"key":"a","project_id":1}`, 500},
		{"get", projectToken, `no JSON`, 400},
		{"get", projectToken, `{}`, 422},
		{"get", projectToken, ``, 400},
		{"get", adminToken, `{"key":"a"}`, 400},
		{"get", projectToken, `"` + strings.Repeat("a", 11<<20) + `"`, 413},
		{"set", projectToken, `{"key":"a","value":1}`, 200},
		{"set", adminToken, `{"key":"a","value":1,"project_id":1}`, 200},
	} {
		if answer := call(api, "POST", "/api/kv/"+tt.op, string(tt.token), tt.body); answer.Code != tt.want {
			t.Errorf("%s %.40s: %d %s", tt.op, tt.body, answer.Code, answer.Body)
		}
		if taken, waiting := limiter.InFlight(); taken != 0 || waiting != 0 {
			t.Errorf("%s %.40s: %d places are taken and %d wait", tt.op, tt.body, taken, waiting)
		}
	}
}
