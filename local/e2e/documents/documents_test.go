// SPDX-License-Identifier: Apache-2.0

package documents_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/documents"
)

func TestMain(m *testing.M) { e2e.MainOutside(m) }

// pages returns the README and all pages of the documentation, by their names in the repository. The recipes have a test in
// local/e2e/clients, which runs their programs together.
func pages(t *testing.T) map[string][]documents.Block {
	t.Helper()
	all := map[string][]documents.Block{}
	for _, pattern := range []string{"README.md", "local/docs/*.md", "local/docs/errors/*.md"} {
		found, err := filepath.Glob(filepath.Join(e2e.Root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		for _, name := range found {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			short, err := filepath.Rel(e2e.Root, name)
			if err != nil {
				t.Fatal(err)
			}
			all[short] = documents.Blocks(source)
		}
	}
	return all
}

// TestShells follows each page in a shell, without what needs compilers and packages.
func TestShells(t *testing.T) {
	t.Parallel()
	for name, blocks := range pages(t) {
		if quick := choose(blocks, func(b documents.Block) bool { return !b.Slow() }); len(quick) > 0 {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				follow(t, t.TempDir(), name, quick)
			})
		}
	}
}

// choose returns the blocks that run or are saved, of those that fit.
func choose(blocks []documents.Block, fits func(documents.Block) bool) (chosen []documents.Block) {
	for _, b := range blocks {
		if b.NotRun == "" && (fits(b) || b.File != "" && b.Language != "go") {
			chosen = append(chosen, b)
		}
	}
	if !slices.ContainsFunc(chosen, func(b documents.Block) bool { return b.File == "" || b.Language == "go" }) {
		return nil // nothing of it runs
	}
	return chosen
}

func follow(t *testing.T, dir, name string, blocks []documents.Block) {
	t.Helper()
	desk := documents.NewDesk(t, dir)
	for _, b := range blocks {
		if err := desk.Follow(b); err != nil {
			t.Fatalf("%s:%d: %v\nA block that cannot run is marked: <!-- not run: why -->", name, b.Line, err)
		}
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	got := documents.Blocks([]byte("# A\n\n<!-- setup: tempskv kv set a 1 -->\n\n```sh\nls\n```\n\n```text\nb\n```\n\n<!-- not run: needs AWS -->\n```sh\nsam deploy\n```\n\n" +
		"Save this as `try/a.mjs`:\n\n```ts\nimport 'b';\n```\n\n<!-- until: listens -->\n```sh\nserve\n```\n\n```yaml\na: 1\n```\n\n<!-- file: b.yaml -->\n```yaml\nb: 1\n```\n\n" +
		"```go\npackage main\n```\n\n```json\n{}\n```\n"))
	want := []documents.Block{
		{Line: 3, Language: "sh", Code: "tempskv kv set a 1\n"},
		{Line: 6, Language: "sh", Code: "ls\n", Want: "b\n"},
		{Line: 15, Language: "sh", Code: "sam deploy\n", NotRun: "needs AWS"},
		{Line: 21, Language: "ts", Code: "import 'b';\n", File: "try/a.mjs"},
		{Line: 26, Language: "sh", Code: "serve\n", Until: "listens"},
		{Line: 35, Language: "yaml", Code: "b: 1\n", File: "b.yaml"},
		{Line: 39, Language: "go", Code: "package main\n", Want: "{}\n", WantJSON: true},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		got, want string
		json, ok  bool
	}{
		{"a  \nb\n", "a\nb", false, true}, {"a\nb", "a\nc", false, false}, {"a 17 b", "a … b", false, true}, {"a\nx\nb", "a…b", false, false},
		{"a", "a\nb", false, false}, {"axc", "a.c", false, false},
		{`{"b":1,"a":[1, null]}`, `{"a": [1,null], "b": 1}`, true, true}, {`{"a":1}`, `{"a":1.0}`, true, false}, {`{"a":1}`, `{"a":1,"b":2}`, true, false},
		{`{"a":1}{"b":2}`, "{\"a\":1}\n{\"b\":\"…\"}", true, true}, {`{"a":"dt_x1"}`, `{"a":"dt_…"}`, true, true}, {`{"a":"x"}`, `{"a":"dt_…"}`, true, false},
		{`[1,2]`, `[1]`, true, false}, {"none", `{}`, true, false}, {`{"a":[1]}`, `{"a":"…"}`, true, true},
	} {
		if err := documents.Compare(tt.got, tt.want, tt.json); (err == nil) != tt.ok {
			t.Errorf("%q and %q: got %v", tt.got, tt.want, err)
		}
	}
}
