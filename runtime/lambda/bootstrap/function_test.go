// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/runtime/lambda/lambdatest"
)

const (
	// patience is how long something may take on a busy machine before a test gives up on it.
	patience = 2 * time.Minute
	// limit is what an invocation has, where it is not what the test is about.
	limit    = 30 * time.Second
	adminKey = "tk_functionAdministrator0123456789abcdefg"
)

// program is the bootstrap that the tests run.
var program string

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bootstrap:", err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "tempskv-bootstrap")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "bootstrap")
	if out, err := exec.Command("go", lambdatest.BuildArgs(program)...).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// function is an instance that the test's Redis is behind. It ends with the test.
type function struct {
	*lambdatest.Function
	tb  testing.TB
	ctx context.Context
}

// start starts an instance that has the environment variables, and waits until it asks for its first invocation.
func start(tb testing.TB, env ...string) *function {
	tb.Helper()
	f := launch(tb, env...)
	if err := f.AwaitNext(f.ctx); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, text := range []string{`"level":"ERROR"`, "panic: ", "dt_", "tk_"} {
			if strings.Contains(f.Log(), text) {
				tb.Errorf("there is %s in the log", text)
			}
		}
	})
	return f
}

// launch starts an instance that need not come up.
func launch(tb testing.TB, env ...string) *function {
	tb.Helper()
	started, err := lambdatest.Start(program, env...)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	tb.Cleanup(func() {
		cancel()
		started.End()
		if tb.Failed() {
			tb.Logf("the log of the function:\n%.8000s", started.Log())
		}
	})
	return &function{started, tb, ctx}
}

// manages are the settings of a function that manages, over that Redis.
func manages(s *redistest.Server) []string {
	return []string{"TEMPSKV_REDIS_URL=" + s.URL, "TEMPSKV_ADMIN_KEY=" + adminKey}
}

// request sends a request and demands the status.
func (f *function) request(status int, method, path, token, body string) lambdatest.Response {
	f.tb.Helper()
	r, err := f.Request(f.ctx, limit, method, path, token, body)
	if err != nil {
		f.tb.Fatalf("%s %s: %v", method, path, err)
	}
	if r.Status != status {
		f.tb.Fatalf("%s %s %.100s: answered %d %.500s, want %d", method, path, body, r.Status, r.Body, status)
	}
	return r
}

// data sends a data operation and demands the answer.
func (f *function) data(token, op, body, want string) {
	f.tb.Helper()
	if got := f.request(200, "POST", "/api/kv/"+op, token, body); strings.TrimSpace(got.Body) != want {
		f.tb.Fatalf("%s %s: answered %.300s, want %s", op, body, got.Body, want)
	}
}

// ready turns the service on, and returns a token of a new project.
func (f *function) ready() (token string) {
	f.tb.Helper()
	f.request(200, "POST", "/api/kv/enable", adminKey, `{}`)
	var project struct{ ID int }
	f.created("/api/projects", `{"name":"p"}`, &project)
	return f.token(project.ID)
}

// token makes a deployment token of a project.
func (f *function) token(project int) string {
	f.tb.Helper()
	var token struct{ Token string }
	f.created(fmt.Sprintf("/api/projects/%d/tokens", project), `{"name":"t"}`, &token)
	return token.Token
}

func (f *function) created(path, body string, out any) {
	f.tb.Helper()
	decode(f.tb, f.request(201, "POST", path, adminKey, body).Body, out)
}

func decode(tb testing.TB, body string, out any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(body), out); err != nil {
		tb.Fatalf("%.300s: %v", body, err)
	}
}

// code returns the code of a problem.
func code(r lambdatest.Response) string {
	var problem struct{ Code string }
	_ = json.Unmarshal([]byte(r.Body), &problem)
	return problem.Code
}
