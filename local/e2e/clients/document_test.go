// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package clients_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
)

// asset is what a page loads; elsewhere is an address that a browser would load from another host.
var (
	asset     = regexp.MustCompile(`(?:src|href)="([^"]+)"`)
	elsewhere = regexp.MustCompile(`(?i)(?:src|href|@import|url\()\s*[=(]?\s*["']?(?:https?:)?//[^"' )]+`)
)

// TestDocumentationNeedsNoOtherHost follows everything that the API reference loads and leads to.
func TestDocumentationNeedsNoOtherHost(t *testing.T) {
	t.Parallel()
	anybody := e2e.Serve(t, t.TempDir()).As("")
	page := anybody.Do(t, http.MethodGet, "/docs/api", nil)
	if policy := page.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") ||
		strings.Contains(policy, "//") || strings.Contains(policy, "*") {
		t.Errorf("the page may load from other hosts: %q", policy)
	}
	found := asset.FindAllStringSubmatch(string(page.Body), -1)
	if len(found) < 3 {
		t.Errorf("the page loads %d assets: %s", len(found), page)
	}
	if there := elsewhere.FindAll(page.Body, -1); there != nil {
		t.Errorf("the page refers to %s", there)
	}
	for _, match := range found {
		if strings.HasPrefix(match[1], "#") {
			continue
		}
		path := (&url.URL{Path: "/docs/api"}).ResolveReference(&url.URL{Path: match[1]}).Path
		r := anybody.Do(t, http.MethodGet, path, nil)
		if r.Status != http.StatusOK || len(r.Body) == 0 {
			t.Errorf("%s: %d with %d bytes", path, r.Status, len(r.Body))
		}
		if there := elsewhere.FindAll(r.Body, -1); there != nil && strings.HasSuffix(path, ".css") {
			t.Errorf("%s refers to %s", path, there)
		}
	}
	refused := anybody.Do(t, http.MethodPost, "/api/kv/get", e2e.Object{"key": "a"})
	var problem struct{ Type string }
	refused.Decode(t, &problem)
	explained, err := http.Get(problem.Type)
	if err != nil {
		t.Fatal(err)
	}
	defer explained.Body.Close()
	if explained.StatusCode != http.StatusOK || explained.Request.URL.Path != "/docs/errors/unauthorized" {
		t.Errorf("the type of %s leads to %d", refused, explained.StatusCode)
	}
	if home := anybody.Do(t, http.MethodGet, "/", nil); home.Status != http.StatusOK {
		t.Errorf("/ leads to %s", home)
	}
}

// TestServedDocumentIsTheCommittedOne compares what the program serves and prints with openapi/openapi.yaml.
func TestServedDocumentIsTheCommittedOne(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	committed, err := os.ReadFile(filepath.Join(e2e.Root, "openapi", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	served := s.As("").Do(t, http.MethodGet, "/openapi.yaml", nil)
	here := strings.Replace(string(committed), "    url: /\ntags:", "    url: "+s.URL+"\ntags:", 1)
	if diff := cmp.Diff(string(served.Body), here); diff != "" {
		t.Errorf("/openapi.yaml (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(e2e.RunCommand(e2e.Command(t, nil, "openapi")).Stdout, string(committed)); diff != "" {
		t.Errorf("tempskv openapi (-got +want):\n%s", diff)
	}
	// JSON is YAML: with one parser for both, they differ only if the documents do.
	var asYAML, asJSON any
	if err := yaml.Unmarshal([]byte(here), &asYAML); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(s.As("").Do(t, http.MethodGet, "/openapi.json", nil).Body, &asJSON); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asJSON, asYAML); diff != "" {
		t.Errorf("/openapi.json (-got +want):\n%s", diff)
	}
}
