// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// around is what the pages may lead to outside of themselves.
var around = []string{"/openapi.yaml", "/openapi.json", "/openapi-3.0.json"}

// document is what a page leads to, and the places in it that can be led to.
type document struct {
	links, ids []string
}

// read reads a page.
func read(t *testing.T, path string) (d document) {
	t.Helper()
	w := get(path)
	root, err := html.Parse(w.Body)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch a.Key {
			case "id":
				if slices.Contains(d.ids, a.Val) {
					t.Errorf("%s: the id %s is there twice", path, a.Val)
				}
				d.ids = append(d.ids, a.Val)
			case "href", "src", "data-index", "data-root", "data-document":
				d.links = append(d.links, a.Val)
			case "style":
				t.Errorf("%s: the policy forbids style=%q", path, a.Val)
			}
		}
		if n.Data == "script" && n.FirstChild != nil {
			t.Errorf("%s: the policy forbids the script %q", path, n.FirstChild.Data)
		}
	}
	return d
}

// TestPagesLeadToPages follows every link from /docs, below a path: each leads to a page, and to a place that is in it.
func TestPagesLeadToPages(t *testing.T) {
	t.Parallel()
	const below = "/apps/kv"
	pages := map[string]document{}
	for next := []string{"/docs"}; len(next) > 0; next = next[1:] {
		from := next[0]
		if _, seen := pages[from]; seen {
			continue
		}
		pages[from] = read(t, from)
		for _, link := range pages[from].links {
			to, outside := resolve(t, from, below, link)
			if outside {
				continue
			}
			w := get(to.Path)
			switch {
			case w.Code != http.StatusOK:
				t.Errorf("%s leads to %s: %d", from, link, w.Code)
			case strings.HasPrefix(w.Header().Get("Content-Type"), "text/html"):
				next = append(next, to.Path)
			}
		}
	}
	for from, page := range pages {
		for _, link := range page.links {
			to, outside := resolve(t, from, below, link)
			if !outside && to.Fragment != "" && !slices.Contains(pages[to.Path].ids, to.Fragment) {
				t.Errorf("%s leads to %s, and there is no such place", from, link)
			}
		}
	}
	for _, path := range []string{"/docs/api", "/docs/errors", "/docs/errors/too_large", "/docs/upgrading"} {
		if _, ok := pages[path]; !ok {
			t.Errorf("no page leads to %s, only to %v", path, slices.Sorted(maps.Keys(pages)))
		}
	}
}

// TestNoSuchPageLeadsBack checks that the page for what is not found works wherever it is shown.
func TestNoSuchPageLeadsBack(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/docs/nothing", "/docs/errors/nothing", "/docs/a/b/c/", "/docs/"} {
		for _, link := range read(t, path).links {
			if to, outside := resolve(t, path, "/apps/kv", link); !outside && to.Path != path && get(to.Path).Code != http.StatusOK {
				t.Errorf("%s leads to %s, which is not there", path, link)
			}
		}
	}
}

// resolve returns where a link leads, without the path that the pages are below, and whether that is none of the pages.
func resolve(t *testing.T, from, below, link string) (to *url.URL, outside bool) {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatalf("%s leads to %q: %v", from, link, err)
	}
	to = (&url.URL{Path: below + from}).ResolveReference(u)
	if to.Host != "" {
		if to.Scheme != "https" {
			t.Errorf("%s leads to %s, without TLS", from, link)
		}
		return to, true
	}
	path, ok := strings.CutPrefix(to.Path, below)
	if !ok {
		t.Errorf("%s leads to %s, which is not below %s", from, link, below)
	}
	to.Path = path
	return to, slices.Contains(around, path)
}
