// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package main_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/runtime/lambda/lambdatest"
)

// The tests drive the compiled bootstrap as a separate process. A panic cannot be forced there from outside: package
// lambda tests what becomes of one.

// TestLife takes a function from its cold start through a thousand invocations to its end.
func TestLife(t *testing.T) {
	t.Parallel()
	f := start(t, manages(redistest.Start(t))...)
	for _, body := range []string{`{"redis_url":"redis://127.0.0.1"}`, `{"engine":"podman"}`} {
		f.request(501, "POST", "/api/kv/enable", adminKey, body)
	}
	if name, err := f.Extension(f.ctx); name == "" || err != nil {
		t.Errorf("no extension was registered, so that there is no SIGTERM: %q, %v", name, err)
	}
	token := f.ready()
	for n := range 1000 {
		f.data(token, "incr", `{"key":"n"}`, fmt.Sprintf(`{"value":%d}`, n+1))
	}
	for path, want := range map[string]string{
		"GET /api/kv/events": "not_supported", "DELETE /api/kv/engine": "not_supported",
		"PATCH /api/kv/update": "not_supported", "GET /api/nowhere": "not_found",
	} {
		method, path, _ := strings.Cut(path, " ")
		body := map[string]string{"PATCH": `{"docker_image":"redis"}`}[method]
		r, err := f.Request(f.ctx, limit, method, path, adminKey, body)
		if err != nil || code(r) != want {
			t.Errorf("%s %s: answered %v, %v, want %s", method, path, r, err, want)
		}
	}
	if err := f.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-f.Exited:
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
	if code := f.State().ExitCode(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

// TestLastUseIsRecorded ends a function, and looks in another at what it knew.
func TestLastUseIsRecorded(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	f, other := start(t, manages(server)...), start(t, manages(server)...)
	token := f.ready()
	other.data(token, "get", `{"key":"n"}`, `{"value":null}`)
	if err := other.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-other.Exited
	if got := f.request(200, "GET", "/api/projects/1/tokens", adminKey, ""); strings.Contains(got.Body, `"last_used_at":null`) {
		t.Errorf("the use of a token was not recorded: %s", got.Body)
	}
}

// TestEnvironment starts functions that cannot work: each says why, in an init error.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	url := "TEMPSKV_REDIS_URL=redis://:secret@127.0.0.1"
	for want, env := range map[string][]string{
		"TEMPSKV_REDIS_URL":           {},
		"TEMPSKV_REDIS_URL: ":         {"TEMPSKV_REDIS_URL=http://:secret@127.0.0.1"},
		"TEMPSKV_REDIS_SECRET":        {url, "TEMPSKV_REDIS_SECRET=arn:x"},
		"TEMPSKV_REDIS_IAM_CACHE":     {url, "TEMPSKV_REDIS_IAM_USER=app"},
		"TEMPSKV_ADMIN_KEY":           {url, "TEMPSKV_ADMIN_KEY=secret"},
		"TEMPSKV_LOG_LEVEL":           {url, "TEMPSKV_LOG_LEVEL=loud"},
		"TEMPSKV_BASE_PATH":           {url, "TEMPSKV_BASE_PATH=kv/"},
		"TEMPSKV_REDIS_URL: must not": {"TEMPSKV_REDIS_URL=redis://:secret@127.0.0.1\n127.0.0.2"},
	} {
		f := launch(t, env...)
		err := f.AwaitNext(f.ctx)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error()+f.Log(), "secret@") {
			t.Errorf("%v: %v, want an init error with %s", env, err, want)
		}
		<-f.Exited
		if f.State().ExitCode() == 0 {
			t.Errorf("%v: it ended with 0", env)
		}
	}
}

// TestWithoutRedis starts while there is no Redis, and takes it away and gives it back between invocations.
func TestWithoutRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	token := start(t, manages(server)...).ready()
	server.Kill()
	f := launch(t, manages(server)...)
	if err := f.AwaitNext(f.ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if r := f.request(503, "POST", "/api/kv/get", token, `{"key":"n"}`); code(r) != "kv_unavailable" || r.Header["Retry-After"] == "" {
			t.Errorf("without Redis: %v", r)
		}
		f.request(200, "GET", "/livez", "", "")
		server.Restart()
		f.data(token, "incr", `{"key":"n","amount":0}`, `{"value":0}`)
		server.Kill()
	}
	server.Restart()
	f.data(token, "get", `{"key":"n"}`, `{"value":0}`)
}

// TestDeadline freezes Redis: a caller that is about to be cut off is answered before.
func TestDeadline(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	f := start(t, append(manages(server), "TEMPSKV_METRICS_NAMESPACE=tempskv")...)
	token := f.ready()
	f.data(token, "get", `{"key":"n"}`, `{"value":null}`) // from now on the token is known
	server.Stop()
	for _, tt := range []struct {
		op, body string
		limit    time.Duration
	}{
		{"get", `{"key":"n"}`, 400 * time.Millisecond}, {"get", `{"key":"n"}`, 10 * time.Second},
		{"set", `{"key":"n","value":1}`, 400 * time.Millisecond}, {"set", `{"key":"n","value":1}`, 10 * time.Second},
	} {
		began := time.Now()
		r, err := f.Request(f.ctx, tt.limit, "POST", "/api/kv/"+tt.op, token, tt.body)
		t.Logf("%s with %v was answered %d %s after %v", tt.op, tt.limit, r.Status, code(r), time.Since(began))
		// With time left, the next connection is tried, and that it is silent too means that nothing was sent.
		timeout := r.Status == 504 && code(r) == "timeout"
		if err != nil || !timeout && (tt.limit < time.Second || code(r) != "kv_unavailable") {
			t.Errorf("%s with %v was answered %v, %v", tt.op, tt.limit, r, err)
		}
	}
	server.Cont()
	f.request(200, "POST", "/api/kv/get", token, `{"key":"n"}`)
}

// TestSizes sends and asks for more than an invocation carries.
func TestSizes(t *testing.T) {
	t.Parallel()
	f := start(t, manages(redistest.Start(t))...)
	token := f.ready()
	large := strings.Repeat(`\"`, 2<<20-1)
	f.request(413, "POST", "/api/kv/set", token, `{"key":"k","value":"`+strings.Repeat("x", 7<<20)+`"}`)
	f.request(413, "POST", "/api/kv/set", token, `{"key":"k","value":"`+strings.Repeat("x", 4<<20)+`"}`)
	f.data(token, "set", `{"key":"k","value":"`+large+`"}`, `{"result":"OK"}`)
	f.data(token, "get", `{"key":"k"}`, `{"value":"`+large+`"}`)
	f.data(token, "set", `{"key":"l","value":"`+strings.Repeat(`\"`, 400<<10)+`"}`, `{"result":"OK"}`)
	// 4.8 MiB are less than an answer may have, and more than an invocation carries: as text and in base64.
	if r := f.request(413, "POST", "/api/kv/mget", token, `{"keys":["k","l"]}`); code(r) != "too_large" {
		t.Errorf("an answer that does not fit: %v", r)
	}
	f.data(token, "exists", `{"keys":["k"]}`, `{"exists":1}`)
}

// TestFreeze freezes a function while a token is revoked, the service turned off and on, and its connections are lost.
func TestFreeze(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	manager, f := start(t, manages(server)...), start(t, "TEMPSKV_REDIS_URL="+server.URL)
	token := manager.ready()
	revoked := manager.token(1)
	for _, each := range []string{token, revoked} {
		f.data(each, "incr", `{"key":"n","amount":0}`, `{"value":0}`)
	}
	freeze := func(while func()) {
		t.Helper()
		if err := f.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		while()
		<-time.After(6 * time.Second) // longer than what is in memory is good for
		if err := f.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	freeze(func() {
		var list struct{ Tokens []struct{ ID, Last4 string } }
		decode(t, manager.request(200, "GET", "/api/projects/1/tokens", adminKey, "").Body, &list)
		for _, each := range list.Tokens {
			if strings.HasSuffix(revoked, each.Last4) {
				manager.request(204, "DELETE", "/api/projects/1/tokens/"+each.ID, adminKey, "")
			}
		}
		if err := server.Client().ClientKillByFilter(t.Context(), "type", "normal", "skipme", "yes").Err(); err != nil {
			t.Fatal(err)
		}
	})
	f.request(401, "POST", "/api/kv/get", revoked, `{"key":"n"}`)
	f.data(token, "incr", `{"key":"n"}`, `{"value":1}`)
	freeze(func() { manager.request(200, "DELETE", "/api/kv/disable", adminKey, "") })
	if r := f.request(503, "POST", "/api/kv/get", token, `{"key":"n"}`); code(r) != "kv_disabled" {
		t.Errorf("after a disable elsewhere: %v", r)
	}
	freeze(func() { manager.request(200, "POST", "/api/kv/enable", adminKey, `{}`) })
	f.data(token, "get", `{"key":"n"}`, `{"value":1}`)
}

// TestSweep deletes a project: an event of the schedule removes its keys, and one some minutes later those that came late.
func TestSweep(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	f := start(t, manages(server)...)
	token := f.ready()
	f.data(token, "set", `{"key":"k","value":1}`, `{"result":"OK"}`)
	f.request(204, "DELETE", "/api/projects/1", adminKey, "")
	event := []byte(`{"version":"0","source":"aws.events","detail-type":"Scheduled Event","detail":{}}`)
	client := server.Client()
	const deletions = "tempskv:{control}:deletions"
	for _, left := range []int64{1, 0} {
		if err := client.Set(t.Context(), "kv:p1:late", "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if a, err := f.Invoke(f.ctx, event, 10*time.Second); a.Failed || err != nil {
			t.Fatalf("the event was answered %v, %v", a, err)
		}
		if n, err := client.Exists(t.Context(), "kv:p1:k", "kv:p1:late").Result(); n > 0 || err != nil {
			t.Errorf("%d keys are left, %v", n, err)
		}
		if n, err := client.HLen(t.Context(), deletions).Result(); n != left || err != nil {
			t.Errorf("%d deletions are left, want %d: %v", n, left, err)
		}
		minutesAgo := time.Now().Add(-5 * time.Minute).UnixMicro()
		if err := client.HSet(t.Context(), deletions, "1", minutesAgo).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFailedEvents sends events that fail: one of the schedule while there is no Redis, and some that are nothing. Lambda is told.
func TestFailedEvents(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	f := launch(t, manages(server)...)
	if err := f.AwaitNext(f.ctx); err != nil {
		t.Fatal(err)
	}
	invoke := func(event string) lambdatest.Answer {
		t.Helper()
		a, err := f.Invoke(f.ctx, []byte(event), limit)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	const schedule = `{"version":"0","source":"aws.events","detail-type":"Scheduled Event","detail":{}}`
	if a := invoke(schedule); a.Failed {
		t.Errorf("the event of the schedule failed: %s", a.Payload)
	}
	for _, event := range []string{`"warm"`, `{"Records":[]}`, `{"path":1}`} {
		if a := invoke(event); !a.Failed || !strings.Contains(string(a.Payload), "neither an HTTP request") {
			t.Errorf("%s was answered %+v", event, a)
		}
	}
	f.ready()
	f.request(204, "DELETE", "/api/projects/1", adminKey, "")
	server.Kill()
	if a := invoke(schedule); !a.Failed || strings.Contains(string(a.Payload), "panic:") {
		t.Errorf("without Redis, the event of the schedule was answered %s", a.Payload)
	} else {
		t.Logf("without Redis: %s", a.Payload)
	}
}

// TestLostConnections loses the function's connections without anybody being told, while it rests.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	lost := redistest.NewHole(t, server.Addr)
	f := start(t, "TEMPSKV_REDIS_URL=redis://"+lost.Addr, "TEMPSKV_ADMIN_KEY="+adminKey)
	token := f.ready()
	for n := range 3 {
		<-time.After(6 * time.Second) // so that both are tried: that to the keys, and that to the control data
		lost.Swallow()
		began := time.Now()
		f.data(token, "incr", `{"key":"n"}`, fmt.Sprintf(`{"value":%d}`, n+1))
		t.Logf("two lost connections cost %v", time.Since(began))
	}
}

// TestRestoreElsewhere has a server restore a project: a function refuses its calls, with the reason, until that is over.
func TestRestoreElsewhere(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	f := start(t, manages(redis)...)
	token := f.ready()
	f.data(token, "set", `{"key":"a","value":1}`, `{"result":"OK"}`)
	ask := func() lambdatest.Response {
		r, err := f.Request(f.ctx, limit, "POST", "/api/kv/get", token, `{"key":"a"}`)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	client := redis.Client()
	journal := `{"version":1,"serial":1,"restore":{"backup":"b","projects":[1],"stage":"replace","holder":"another"}}`
	if err := client.HSet(t.Context(), "tempskv:{control}", "document:restore", journal).Err(); err != nil {
		t.Fatal(err)
	}
	r := ask()
	for ; r.Status == 200; r = ask() { // from what it has read in the last seconds
		if strings.TrimSpace(r.Body) != `{"value":1}` {
			t.Fatalf("answered %s", r.Body)
		}
	}
	if r.Status != 503 || code(r) != "kv_unavailable" || !strings.Contains(r.Body, "being restored from a backup") {
		t.Fatalf("answered %d %s", r.Status, r.Body)
	}
	if err := client.HDel(t.Context(), "tempskv:{control}", "document:restore").Err(); err != nil {
		t.Fatal(err)
	}
	for r = ask(); r.Status == 503; r = ask() {
		if code(r) != "kv_unavailable" {
			t.Fatalf("answered %s", r.Body)
		}
	}
	if strings.TrimSpace(r.Body) != `{"value":1}` {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
}
