// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package template_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/runtime/lambda/lambdatest"
)

const firstKey = "tk_0123456789abcdefghijABCDEFGHIJ0123456789"

// TestFunctionsOfTheTemplate runs the bootstrap as both functions, on a Cluster with the Redis users of the template,
// and uses them as after a first deployment. The users log in by IAM, whose tokens this Redis takes
// without a look: infra/aws tests those.
func TestFunctionsOfTheTemplate(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, false)
	withUsers(t, c.Masters, c.URL)
	for _, s := range c.Masters {
		for _, user := range []string{dataUser, managementUser} {
			if err := s.Client().Do(t.Context(), "ACL", "SETUSER", user, "nopass").Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	if out, err := podmantest.Outside(t.Context(), "go", lambdatest.BuildArgs(bootstrap)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	management := startFunction(t, bootstrap, c.URL, managementUser, "TEMPSKV_ADMIN_KEY="+firstKey)
	data := startFunction(t, bootstrap, c.URL, dataUser)

	management.do(t, http.MethodPost, "/api/kv/enable", firstKey, `{}`, http.StatusOK)
	management.do(t, http.MethodPost, "/api/projects", firstKey, `{"name":"shop"}`, http.StatusCreated)
	made := management.do(t, http.MethodPost, "/api/projects/1/tokens", firstKey, `{"name":"web"}`, http.StatusCreated)
	var token struct{ Token string }
	if err := json.Unmarshal([]byte(made), &token); err != nil {
		t.Fatal(err)
	}
	data.do(t, http.MethodPost, "/api/kv/set", token.Token, `{"key":"a","value":1.0}`, http.StatusOK)
	if got, want := data.do(t, http.MethodPost, "/api/kv/get", token.Token, `{"key":"a"}`, http.StatusOK), "{\"value\":1.0}\n"; got != want {
		t.Errorf("get answers %q, want %q", got, want)
	}
	data.do(t, http.MethodPost, "/api/kv/get", firstKey, `{"key":"a","project_id":1}`, http.StatusOK)
	// By way of $default any call can come to the function for data: Redis lets it manage nothing.
	data.do(t, http.MethodPost, "/api/projects", firstKey, `{"name":"own"}`, http.StatusServiceUnavailable)
	data.do(t, http.MethodDelete, "/api/projects/1", firstKey, "", http.StatusServiceUnavailable)
	data.do(t, http.MethodGet, "/api/nothing", firstKey, "", http.StatusNotFound)
	management.do(t, http.MethodDelete, "/api/projects/1", firstKey, "", http.StatusNoContent)
	e2e.Eventually(t, "the token to end", func() string {
		if r := data.send(t, http.MethodPost, "/api/kv/get", token.Token, `{"key":"a"}`); r.Status != http.StatusUnauthorized {
			return fmt.Sprint("it still answers ", r.Status)
		}
		return ""
	})
}

// function is one instance of a function, under a double of Lambda.
type function struct{ *lambdatest.Function }

// startFunction starts the bootstrap with what the template gives the function of a Redis user.
func startFunction(t *testing.T, bootstrap, redisURL, user string, more ...string) function {
	t.Helper()
	f, err := lambdatest.Start(bootstrap, append(more, "TEMPSKV_REDIS_URL="+redisURL,
		"TEMPSKV_REDIS_IAM_CACHE=tempskv-0123abcd", "TEMPSKV_REDIS_IAM_USER="+user,
		"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN=token")...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.End()
		if t.Failed() {
			t.Logf("log of %s:\n%s", user, f.Log())
		}
	})
	return function{f}
}

// send sends a request as the API does.
func (f function) send(t *testing.T, method, path, token, body string) lambdatest.Response {
	t.Helper()
	r, err := f.Request(t.Context(), time.Minute, method, path, token, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

// do sends a request that is to be answered with that status, and returns the body of the answer.
func (f function) do(t *testing.T, method, path, token, body string, status int) string {
	t.Helper()
	r := f.send(t, method, path, token, body)
	if r.Status != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, r.Status, r.Body, status)
	}
	return r.Body
}
