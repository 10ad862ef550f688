// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tempskv/tempskv/local/docs/site"
)

// TestLinksOfTheRepository checks the links of the README, of the other files next to it and of the documentation.
func TestLinksOfTheRepository(t *testing.T) {
	t.Parallel()
	tree := os.DirFS("../../..")
	names := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "openapi/typescript/README.md", "handlers/backups/FORMAT.md"}
	for _, pattern := range []string{"local/docs/*.md", "local/docs/errors/*.md"} {
		found, err := fs.Glob(tree, pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		names = append(names, found...)
	}
	if err := site.CheckLinks(tree, names); err != nil {
		t.Error(err)
	}
}

func TestBrokenLinksAreFound(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{
		"docs/a.md":   {Data: []byte("# A title\n\n## too_large & more\n\n## Again\n\n## Again\n\n### `code` here\n")},
		"docs/b/c.go": {},
	}
	for link, fault := range map[string]string{
		"a.md": "", "a.md#too_large--more": "", "#again-1": "", "a.md#code-here": "", "b": "", "b/c.go#L7": "", "../docs/a.md": "",
		"https://example.com/a#b": "", "http://127.0.0.1:8379": "", "mailto:a@example.com": "",
		"x.md": "not exist", "a.md#nothing": "no such heading", "#b": "no such heading", "/docs/a.md": "no relative path", "b/d": "not exist",
		"http://example.com": "not https", "https:///a": "no host", "ftp://example.com/a": "not https",
	} {
		tree["docs/from.md"] = &fstest.MapFile{Data: []byte("## Again\n\n## Again\n\n[text](" + link + ")\n")}
		err := site.CheckLinks(tree, []string{"docs/from.md"})
		if fault == "" && err != nil || fault != "" && (err == nil || !strings.Contains(err.Error(), fault)) {
			t.Errorf("%s: got %v, want %q", link, err, fault)
		}
	}
}
