// SPDX-License-Identifier: Apache-2.0

// Package documents runs what the README and the pages of the documentation show. CONTRIBUTING.md says how pages mark it. Only tests
// import it.
package documents

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/tempskv/tempskv/local/docs/site"
)

// Block is a block of code of a page, or commands in a comment.
type Block struct {
	Line     int
	Language string
	Code     string
	NotRun   string // why it is not run
	File     string // where readers save it, and do not run it
	Until    string // it goes on while the page is read, and is ready when it has printed this

	Want     string // what it prints; empty: anything
	WantJSON bool
}

// programs are the languages of blocks that have to run.
var programs = []string{"sh", "bash", "shell", "console", "ts", "typescript", "js", "javascript", "go", "python"}

// Slow reports whether the block needs a compiler or packages.
func (b Block) Slow() bool {
	return b.Language != "sh" || needsPackages.MatchString(b.Code)
}

var needsPackages = regexp.MustCompile(`(?m)(^|[\s(;&|])(npm|npx|node|go|make|podman|docker) `)

var savedAs = regexp.MustCompile(`[Ss]ave (?:this|it) as ([\w./-]+\w)`)

// Blocks returns the blocks of a page that have to run, and those that readers save.
func Blocks(source []byte) (all []Block) {
	root := site.Parse(source)
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function returns no error
		if !entering {
			return ast.WalkContinue, nil
		}
		if comment, ok := site.Comment(n, source); ok {
			if commands, ok := strings.CutPrefix(comment, "setup:"); ok {
				all = append(all, Block{Line: line(n, source), Language: "sh", Code: strings.TrimSpace(commands) + "\n"})
			}
		}
		if fenced, ok := n.(*ast.FencedCodeBlock); ok {
			if b := read(fenced, source); b.File != "" || slices.Contains(programs, b.Language) {
				all = append(all, b)
			}
		}
		return ast.WalkContinue, nil
	})
	return all
}

// read reads a block with what is said about it before and after.
func read(n *ast.FencedCodeBlock, source []byte) Block {
	b := Block{Line: line(n, source), Language: string(n.Language(source)), Code: string(site.Lines(n, source))}
	before := n.PreviousSibling()
	for ; before != nil; before = before.PreviousSibling() {
		comment, ok := site.Comment(before, source)
		if !ok {
			break
		}
		name, text, _ := strings.Cut(comment, ":")
		switch text = strings.TrimSpace(text); name {
		case "not run":
			b.NotRun = text
		case "file":
			b.File = text
		case "until":
			b.Until = text
		}
	}
	if before != nil && before.Kind() == ast.KindParagraph {
		if m := savedAs.FindStringSubmatch(site.Text(before, source)); m != nil {
			b.File = m[1]
		}
	}
	if after, ok := n.NextSibling().(*ast.FencedCodeBlock); ok {
		switch language := string(after.Language(source)); language {
		case "json", "text":
			b.Want, b.WantJSON = string(site.Lines(after, source)), language == "json"
		}
	}
	return b
}

// line returns the number of the first line of a block.
func line(n ast.Node, source []byte) int {
	if n.Lines().Len() == 0 {
		return 0
	}
	return 1 + strings.Count(string(source[:n.Lines().At(0).Start]), "\n")
}
