// SPDX-License-Identifier: Apache-2.0

package dashboard_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/dashboard"
)

// get asks for a path as a browser does that takes only some forms.
func get(t *testing.T, path, encoding string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	dashboard.New("").ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDocumentBelowBasePath finds everything that the document names below the base path, and in no packed form that is the old one.
func TestDocumentBelowBasePath(t *testing.T) {
	t.Parallel()
	pages := dashboard.New("/apps/kv")
	ask := func(path, encoding string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		return w.Result()
	}
	plain := string(read(t, ask("/", "").Body))
	all := linked.FindAllStringSubmatch(plain, -1)
	if len(all) < 3 || !strings.Contains(plain, "/apps/kv/docs") {
		t.Errorf("the document is %s", plain)
	}
	for _, m := range all {
		path, below := strings.CutPrefix(m[1], "/apps/kv")
		if !below || ask(path, "br").Header.Get("Content-Encoding") != "br" || !strings.Contains(ask(path, "br").Header.Get("Cache-Control"), "immutable") {
			t.Errorf("the document names %s", m[1])
		}
	}
	packed := ask("/projects", "br, gzip")
	unpacked, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(read(t, unpacked)), plain); diff != "" || packed.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%s has (-got +want):\n%s", packed.Header.Get("Content-Encoding"), diff)
	}
	if got := read(t, ask("/", "br").Body); string(got) != plain {
		t.Error("a browser that takes only br is sent something else")
	}
	if got, old := packed.Header.Get("ETag"), get(t, "/", "gzip").Header.Get("ETag"); got == old || got == "" {
		t.Errorf("the tag is %q, and %q without a base path", got, old)
	}
}

var linked = regexp.MustCompile(`(?:src|href)="([^"]+)"`)

// loads returns the paths that the first page loads, itself first.
func loads(t *testing.T) []string {
	t.Helper()
	paths := []string{"/"}
	for _, m := range linked.FindAllStringSubmatch(string(read(t, get(t, "/", "").Body)), -1) {
		paths = append(paths, m[1])
	}
	if len(paths) < 4 {
		t.Fatalf("the document names %v", paths)
	}
	return paths
}

// TestFirstLoadIsSmall measures what a browser with an empty cache loads, in the larger of the two packed forms.
func TestFirstLoadIsSmall(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"gzip", "br"} {
		total := 0
		for _, path := range loads(t) {
			res := get(t, path, encoding)
			if got := res.Header.Get("Content-Encoding"); got != encoding {
				t.Errorf("%s: got Content-Encoding %q, want %q", path, got, encoding)
			}
			total += len(read(t, res.Body))
		}
		t.Logf("the first load is %d bytes in %s", total, encoding)
		if total > 80_000 {
			t.Errorf("the first load is %d bytes in %s", total, encoding)
		}
	}
}

func TestFormsOfOneFileAreTheSame(t *testing.T) {
	t.Parallel()
	for _, path := range loads(t) {
		plain := read(t, get(t, path, "identity").Body)
		unpacked, err := gzip.NewReader(get(t, path, "deflate, gzip;q=0.5").Body)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(plain, read(t, unpacked)) || len(plain) == 0 {
			t.Errorf("%s: gzip holds something else", path)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	paths := loads(t)
	for _, path := range paths {
		res := get(t, path, "gzip, br")
		policy := res.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q lacks %s", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
		if got := res.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: got X-Content-Type-Options %q", path, got)
		}
		want := "public, max-age=31536000, immutable"
		if path == "/" {
			want = "no-cache"
		}
		if diff := cmp.Diff(want, res.Header.Get("Cache-Control")); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
		tag := res.Header.Get("ETag")
		if again := get(t, path, "gzip, br", "If-None-Match", tag); again.StatusCode != http.StatusNotModified || tag == "" {
			t.Errorf("%s: asked again by %q, it is answered %d", path, tag, again.StatusCode)
		}
		if other := get(t, path, "gzip", "If-None-Match", tag); other.StatusCode != http.StatusOK {
			t.Errorf("%s: the tag of one form fits another", path)
		}
	}
}

// TestLockFileNamesNoRegistry keeps the hosts of package mirrors out of the repository.
func TestLockFileNamesNoRegistry(t *testing.T) {
	t.Parallel()
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		t.Error("package-lock.json says where packages came from: see .npmrc")
	}
}
