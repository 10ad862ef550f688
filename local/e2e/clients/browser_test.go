// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package clients_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// pages serves an empty page, the SDK, and a KV server that never answers, all from one origin.
func pages(t *testing.T, sdk []byte) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>page</title>"))
	})
	mux.HandleFunc("GET /kv.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(sdk)
	})
	mux.HandleFunc("POST /silence/api/kv/get", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // before that it is not seen that the page was left
		<-r.Context().Done()
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// bundleSDK builds the SDK for TypeScript as pages load it: one module.
func bundleSDK(t *testing.T) []byte {
	t.Helper()
	requireNode(t)
	sdk := copySDK(t)
	install(t, sdk)
	npm(t, sdk, "run", "build")
	npm(t, sdk, "exec", "--", "esbuild", "dist/index.js", "--bundle", "--minify", "--format=esm", "--outfile=kv.js")
	text, err := os.ReadFile(filepath.Join(sdk, "kv.js"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// evaluate runs a script that ends in a promise in a page of that address, and returns what that resolves to.
func evaluate[T any](ctx context.Context, t *testing.T, page, script string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, e2e.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(page)); err != nil {
		t.Fatalf("open %s: %v", page, err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("a page of %s: %v", page, err)
	}
	return found
}

// sdkCalls is what a page does with the SDK.
const sdkCalls = `(async (baseUrl, token) => {
	const { createKVClient, KVError, kv: unset } = await import('/kv.js');
	const kv = createKVClient({ baseUrl, token });
	const refused = (call) => call.then(String, (e) => e instanceof KVError ? e.status + ' ' + e.code : 'not a KVError: ' + e);
	const called = {};
	called.set = await kv.set('from:page', { text: 'é' }, { ex: 3600 });
	called.get = await kv.get('from:page');
	called.incr = await kv.incr('visits', 5);
	called.scan = [];
	for await (const key of kv.scan({ match: 'from:*' })) called.scan.push(key);
	called.conflict = await refused(kv.incr('from:page'));
	called.del = await kv.del('from:page', 'visits');
	called.unauthorized = await refused(createKVClient({ baseUrl, token: 'dt_none' }).get('k'));
	called.notFound = await refused(createKVClient({ baseUrl: baseUrl + '/elsewhere/api', token }).get('k'));
	called.noRoute = await refused(createKVClient({ baseUrl: baseUrl + '/api/api', token }).get('k'));
	const silent = createKVClient({ baseUrl: location.origin + '/silence', token });
	called.timeout = await refused(silent.get('k', { timeout: 100 }));
	called.aborted = await refused(kv.get('k', { signal: AbortSignal.abort() }));
	called.unset = await refused(unset.get('k'));
	const answer = await fetch(baseUrl + '/api/kv/status', { headers: { Authorization: 'Bearer ' + token, 'X-Request-Id': 'page-1' } });
	called.seen = answer.headers.get('X-Request-Id');
	return called;
})(%q, %q)`

// TestSDKInBrowser calls the program from pages of other origins: one that --cors-origin names, and one that it does not.
func TestSDKInBrowser(t *testing.T) {
	t.Parallel()
	browser := chromium.Start(t)
	sdk := bundleSDK(t)
	allowed, other := pages(t, sdk), pages(t, sdk)
	s := e2e.Serve(t, t.TempDir(), "--cors-origin", "https://app.example.com", "--cors-origin", allowed.URL)
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("page")

	called := evaluate[map[string]any](browser, t, allowed.URL, fmt.Sprintf(sdkCalls, s.URL, token))
	want := map[string]any{
		"set": "OK", "get": map[string]any{"text": "é"}, "incr": 5.0, "scan": []any{"from:page"},
		"conflict": "409 not_an_integer", "del": 2.0, "unauthorized": "401 unauthorized",
		"notFound": "0 NETWORK_ERROR", // it is no path of the API, and so closed to pages
		"noRoute":  "404 not_found",
		"timeout":  "0 TIMEOUT", "aborted": "0 ABORTED", "unset": "0 MISSING_CONFIG", "seen": "page-1",
	}
	if diff := cmp.Diff(called, want); diff != "" {
		t.Errorf("from the allowed origin (-got +want):\n%s", diff)
	}

	const write = `(async (baseUrl, token) => {
		const { createKVClient } = await import('/kv.js');
		return createKVClient({ baseUrl, token }).set('from:other', 1).then(String, (e) => e.name + ' ' + e.code + ' ' + /--cors-origin \S+(?=\.$)/.exec(e.detail));
	})(%q, %q)`
	refused := evaluate[string](browser, t, other.URL, fmt.Sprintf(write, s.URL, token))
	if want := "KVError NETWORK_ERROR --cors-origin " + other.URL; refused != want {
		t.Errorf("from another origin: got %q, want %q", refused, want)
	}
	s.As(token).Expect(t, "exists", e2e.Object{"keys": []string{"from:other"}}, `{"exists":0}`)

	off := e2e.Serve(t, t.TempDir())
	off.Enable(e2e.Object{"engine": "embedded"})
	_, token = off.CreateProject("page")
	refused = evaluate[string](browser, t, allowed.URL, fmt.Sprintf(write, off.URL, token))
	if want := "KVError NETWORK_ERROR --cors-origin " + allowed.URL; refused != want {
		t.Errorf("where no origin is allowed: got %q, want %q", refused, want)
	}
	off.As(token).Expect(t, "exists", e2e.Object{"keys": []string{"from:other"}}, `{"exists":0}`)
}
