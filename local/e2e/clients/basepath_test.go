// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package clients_test

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/openapi/goclient"
)

// TestClientsBelowBasePath calls a server with a base path through proxies that strip it and that do not, and directly, by the
// command line, the client for Go and the SDK for TypeScript.
func TestClientsBelowBasePath(t *testing.T) {
	t.Parallel()
	const base = "/apps/kv"
	s, keeps, strips := e2e.ServeBelow(t, t.TempDir(), base)
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("shop")
	urls := map[string]string{"with the base path": s.URL + base, "without": s.URL}
	for name, proxy := range map[string]http.Handler{"a proxy that keeps it": keeps, "a proxy that strips it": strips} {
		mux := http.NewServeMux()
		mux.Handle(base+"/", proxy)
		front := httptest.NewServer(mux)
		t.Cleanup(front.Close)
		urls[name] = front.URL + base
	}
	requireNode(t)
	sdk := copySDK(t)
	install(t, sdk)
	npm(t, sdk, "run", "build")
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := strings.ReplaceAll(name, " ", "-")
			got := []string{callByCommand(t, url, token, key), callByGo(t, url, token, key), callBySDK(t, sdk, url, token, key)}
			if diff := cmp.Diff(got, []string{"command", `"Go"`, `"TypeScript"`}); diff != "" {
				t.Errorf("%s (-got +want):\n%s", url, diff)
			}
			for _, path := range []string{"/livez", "/readyz", "/openapi.yaml", "/docs", "/"} {
				if res, err := e2e.UncheckedClient.Get(url + path); err != nil {
					t.Error(err)
				} else if _ = res.Body.Close(); res.StatusCode != http.StatusOK {
					t.Errorf("%s%s is answered %s", url, path, res.Status)
				}
			}
		})
	}
}

// callByCommand stores a value and returns it.
func callByCommand(t *testing.T, url, token, key string) string {
	t.Helper()
	env := []string{"TEMPSKV_URL=" + url, "TEMPSKV_TOKEN=" + token}
	if r := e2e.RunCommand(e2e.Command(t, env, "kv", "set", key, `"command"`)); r.Code != 0 {
		t.Errorf("kv set: %d %s", r.Code, r.Stderr)
	}
	r := e2e.RunCommand(e2e.Command(t, env, "kv", "get", key))
	return strings.TrimSpace(r.Stdout)
}

func callByGo(t *testing.T, url, token, key string) string {
	t.Helper()
	c, err := goclient.New(url, token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.KVSetWithResponse(t.Context(), goclient.SetRequest{Key: key, Value: []byte(`"Go"`)}); err != nil {
		t.Fatal(err)
	}
	got, err := c.KVGetWithResponse(t.Context(), goclient.KeyRequest{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return string(got.JSON200.Value)
}

func callBySDK(t *testing.T, sdk, url, token, key string) string {
	t.Helper()
	const script = `import { createKVClient } from './dist/index.js';
const [baseUrl, token, key] = process.argv.slice(1);
const kv = createKVClient({ baseUrl, token });
await kv.set(key, 'TypeScript');
console.log(JSON.stringify(await kv.get(key)));`
	node := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e", script, url, token, key)
	node.Dir = sdk
	out, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}
