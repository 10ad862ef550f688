// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/docs/site"
)

func TestRelative(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]string{
		{"", ""}: "docs", {"", "a"}: "docs/a", {"a", ""}: "../docs", {"a", "b"}: "b", {"a", "errors"}: "errors",
		{"errors", "errors/x"}: "errors/x", {"errors/x", "errors/y"}: "y", {"errors/x", "errors"}: "../errors", {"errors/x", "a"}: "../a",
		{"errors/x", ""}: "../../docs", {"a", "assets/s.css"}: "assets/s.css",
	} {
		if got := site.Relative(pair[0], pair[1]); got != want {
			t.Errorf("from %q to %q: got %q, want %q", pair[0], pair[1], got, want)
		}
	}
}

// read reads a site with one more page than it has to have.
func read(t *testing.T, page string) (string, error) {
	t.Helper()
	s, err := site.Read(fstest.MapFS{
		"README.md":        {Data: []byte("# Home\n\n## Group\n\n- [Page](page.md): about it\n- [Codes](errors/README.md)\n")},
		"page.md":          {Data: []byte(page)},
		"errors/README.md": {Data: []byte("# Codes\n")},
		"errors/busy.md":   {Data: []byte("# busy\n\nIt is busy.\n")},
	})
	if err != nil {
		return "", err
	}
	return s.Pages()[1].HTML, nil
}

func TestPages(t *testing.T) {
	t.Parallel()
	for markdown, want := range map[string]string{
		"## A `b`\n": `<div class="heading"><h2 id="a-b">A <code>b</code></h2><a class="anchor" href="#a-b" aria-label="Link to: A b">#</a></div>`,
		"[a](errors/busy.md#x) [b](README.md) [c](../../SECURITY.md) [d](../../openapi/openapi.yaml)\n": `<p><a href="errors/busy#x">a</a> <a href="../docs">b</a> ` +
			`<a href="https://github.com/tempskv/tempskv/blob/main/SECURITY.md">c</a> <a href="api">d</a></p>`,
		"```text\na < b\n```\n":           `<div class="code"><pre tabindex="0" data-language="text"><code>a &lt; b` + "\n</code></pre></div>",
		"`{\"a\":1,\"b\":[1, 2],}`\n":     `<code>{&#34;a&#34;:1,<wbr>&#34;b&#34;:[1, 2],<wbr>}</code>`,
		"```json\n{\"a\": 1}\n```\n":      `<span class="nt">&#34;a&#34;</span>`,
		"> [!WARNING]\n> Take care.\n":    "<div class=\"note warning\"><p class=\"kind\">Warning</p>\n<p>Take care.</p>\n</div>",
		"> A quotation.\n":                "<blockquote>\n<p>A quotation.</p>\n</blockquote>",
		"<!-- not run: why -->\nText\n":   "</h1>\n",
		"| a | b |\n|---|--:|\n| 1 | 2 |": `<td align="right">2</td>`,
	} {
		got, err := read(t, "# Title\n\n"+markdown)
		if err != nil || !strings.Contains(got, want) || strings.Contains(got, "<!--") {
			t.Errorf("%s: got %s, %v, want %s", markdown, got, err, want)
		}
	}
}

func TestFaultsOfPages(t *testing.T) {
	t.Parallel()
	for markdown, want := range map[string]string{
		"no title":                "it has no title",
		"# A\n\n# B":              "a second title: B",
		"# A\n\n<b>bold</b>":      "HTML is not shown",
		"# A\n\n<div>\nb\n</div>": "HTML other than a comment",
		"# A\n\n[b](/docs/b)":     "no relative one",
		"# A\n\n![b](b.png)":      "pictures are not shown",
	} {
		if _, err := read(t, markdown); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "page.md") {
			t.Errorf("%q: got %v, want %s", markdown, err, want)
		}
	}
	_, err := site.Read(fstest.MapFS{"README.md": {Data: []byte("# Home\n")}, "lost.md": {Data: []byte("# Lost\n")}})
	if err == nil || err.Error() != "lost.md is in no list of README.md" {
		t.Errorf("got %v", err)
	}
}

func TestOrderOfPages(t *testing.T) {
	t.Parallel()
	s, err := site.Read(fstest.MapFS{
		"README.md":         {Data: []byte("# Home\n\n## One\n\n- [B](b.md): the second letter\n\n## Two\n\n- [Codes](errors/README.md)\n- [A](a.md)\n")},
		"a.md":              {Data: []byte("# A page\n")},
		"b.md":              {Data: []byte("# B page\n\nText.\n\n## Part\n\nMore *text*.\n\n```sh\nmake run\n```\n")},
		"errors/README.md":  {Data: []byte("# Codes\n")},
		"errors/timeout.md": {Data: []byte("# timeout\n")},
		"errors/busy.md":    {Data: []byte("# busy\n\nIt is busy.\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, p := range s.Pages() {
		paths = append(paths, p.Path)
	}
	if diff := cmp.Diff(paths, []string{"", "b", "errors", "errors/busy", "errors/timeout", "a"}); diff != "" {
		t.Error(diff)
	}
	page := s.Pages()[1]
	want := []site.Section{{Text: "Text."}, {ID: "part", Heading: "Part", Text: "More text. make run"}}
	if diff := cmp.Diff(page.Sections, want); diff != "" || page.Title != "B page" || page.Name != "B" || page.Description != "the second letter" {
		t.Errorf("got %+v: %s", page, diff)
	}
}
