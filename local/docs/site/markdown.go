// SPDX-License-Identifier: Apache-2.0

package site

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newMarkdown returns a reader of the Markdown that code hosts know, which writes our HTML.
func newMarkdown() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.Strikethrough, extension.Linkify, extension.TaskList,
		),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(
			html.WithUnsafe(), // what is not a comment is refused before
			renderer.WithNodeRenderers(util.Prioritized(blocks{}, 100)),
		),
	)
}

// Parse reads Markdown. Its headings have the ids that code hosts give them.
func Parse(source []byte) ast.Node {
	context := parser.NewContext(parser.WithIDs(&headingIDs{used: map[string]bool{}}))
	return newMarkdown().Parser().Parse(text.NewReader(source), parser.WithContext(context))
}

// headingIDs makes ids as GitHub does.
type headingIDs struct{ used map[string]bool }

// Generate returns an id for the text of a heading.
func (h *headingIDs) Generate(value []byte, _ ast.NodeKind) []byte {
	name := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.TrimSpace(string(value)))
	id := name
	for n := 1; h.used[id]; n++ {
		id = name + "-" + strconv.Itoa(n)
	}
	h.used[id] = true
	return []byte(id)
}

// Put marks an id as used.
func (h *headingIDs) Put(value []byte) { h.used[string(value)] = true }

// each calls visit for every node when it is entered, until that returns an error.
func each(root ast.Node, visit func(ast.Node) error) error {
	return ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		return ast.WalkContinue, visit(n)
	})
}

// Text returns the text of a node without its marks.
func Text(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = each(n, func(n ast.Node) error { // visit returns no error
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(source))
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			b.Write(Lines(n, source))
		default:
			if n.Type() == ast.TypeBlock && b.Len() > 0 {
				b.WriteByte(' ')
			}
		}
		return nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

// Lines returns the lines of a block of code or HTML.
func Lines(n ast.Node, source []byte) []byte {
	var all []byte
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		all = append(all, line.Value(source)...)
	}
	if block, ok := n.(*ast.HTMLBlock); ok && block.HasClosure() {
		all = append(all, block.ClosureLine.Value(source)...)
	}
	return all
}

// Comment returns the text of a block that is an HTML comment, and whether it is one.
func Comment(n ast.Node, source []byte) (string, bool) {
	block, ok := n.(*ast.HTMLBlock)
	if !ok {
		return "", false
	}
	inner, begins := strings.CutPrefix(strings.TrimSpace(string(Lines(block, source))), "<!--")
	inner, ends := strings.CutSuffix(inner, "-->")
	return strings.TrimSpace(inner), begins && ends
}

// checkMarkdown refuses what pages cannot show.
func checkMarkdown(root ast.Node, source []byte) error {
	return each(root, func(n ast.Node) error {
		switch n := n.(type) {
		case *ast.HTMLBlock:
			if _, ok := Comment(n, source); !ok {
				return fmt.Errorf("HTML other than a comment is not shown: %.60q", Lines(n, source))
			}
		case *ast.RawHTML:
			return fmt.Errorf("HTML is not shown: %q", n.Segments.Value(source))
		case *ast.Image:
			return fmt.Errorf("pictures are not shown: %q", n.Destination)
		}
		return nil
	})
}
