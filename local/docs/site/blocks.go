// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"fmt"
	"html"
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// blocks writes the blocks that look other than goldmark writes them.
type blocks struct{}

// RegisterFuncs names them.
func (blocks) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, writeCode)
	r.Register(ast.KindCodeBlock, writeCode)
	r.Register(ast.KindCodeSpan, writeCodeSpan)
	r.Register(ast.KindHeading, writeHeading)
	r.Register(ast.KindHTMLBlock, func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
		return ast.WalkSkipChildren, nil // a comment
	})
	r.Register(east.KindTable, writeTable)
	r.Register(ast.KindBlockquote, writeQuote)
}

// writeCode writes a block of code. Readers can scroll it, also by keyboard; a script adds the button that copies it.
func writeCode(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	language := ""
	if fenced, ok := n.(*ast.FencedCodeBlock); ok {
		language = string(fenced.Language(source))
	}
	fmt.Fprintf(w, `<div class="code"><pre tabindex="0" data-language="%s"><code>`, html.EscapeString(language))
	if err := highlight(w, string(Lines(n, source)), language); err != nil {
		return ast.WalkStop, err
	}
	_, err := w.WriteString("</code></pre></div>\n")
	return ast.WalkSkipChildren, err
}

// writeCodeSpan writes code in a line of text, which may be broken after a comma: JSON in a narrow table.
func writeCodeSpan(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	parts := strings.SplitAfter(html.EscapeString(Text(n, source)), ",")
	text := strings.ReplaceAll(strings.Join(parts, "<wbr>"), ",<wbr> ", ", ")
	_, err := fmt.Fprintf(w, "<code>%s</code>", strings.TrimSuffix(text, "<wbr>"))
	return ast.WalkSkipChildren, err
}

// highlight writes code with a class for each kind of word.
func highlight(w util.BufWriter, code, language string) error {
	lexer := lexers.Get(language)
	if lexer == nil || language == "" || language == "text" {
		_, err := w.WriteString(html.EscapeString(code))
		return err
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, code)
	if err != nil {
		return err
	}
	return chromahtml.New(chromahtml.WithClasses(true), chromahtml.PreventSurroundingPre(true)).Format(w, styles.Fallback, tokens)
}

// writeHeading writes a heading and, next to it, a link to it.
func writeHeading(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Heading)
	id, _ := n.AttributeString("id")
	if n.Level == 1 {
		_, _ = w.WriteString(map[bool]string{true: "<h1>", false: "</h1>\n"}[entering])
		return ast.WalkContinue, nil
	}
	if entering {
		fmt.Fprintf(w, `<div class="heading"><h%d id="%s">`, n.Level, id)
		return ast.WalkContinue, nil
	}
	fmt.Fprintf(w, `</h%d><a class="anchor" href="#%s" aria-label="Link to: %s">#</a></div>`+"\n", n.Level, id,
		html.EscapeString(Text(n, source)))
	return ast.WalkContinue, nil
}

// writeTable puts a table where it can be scrolled.
func writeTable(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	text := "</table></div>\n"
	if entering {
		text = `<div class="table" tabindex="0" role="group" aria-label="Table"><table>` + "\n"
	}
	_, err := w.WriteString(text)
	return ast.WalkContinue, err
}

// writeQuote writes a quotation, or a note as GitHub knows them: a quotation that begins with [!NOTE].
func writeQuote(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	kind, _ := n.AttributeString("note")
	name, isNote := kind.(string)
	switch {
	case !isNote && entering:
		_, _ = w.WriteString("<blockquote>\n")
	case !isNote:
		_, _ = w.WriteString("</blockquote>\n")
	case entering:
		fmt.Fprintf(w, `<div class="note %s"><p class="kind">%s</p>`+"\n", strings.ToLower(name), name)
	default:
		_, _ = w.WriteString("</div>\n")
	}
	return ast.WalkContinue, nil
}

// markNotes takes [!NOTE] out of quotations that begin with it.
func markNotes(root ast.Node, source []byte) {
	_ = each(root, func(n ast.Node) error { // visit returns no error
		first, ok := n.FirstChild().(*ast.Paragraph)
		if n.Kind() != ast.KindBlockquote || !ok || first.Lines().Len() == 0 {
			return nil
		}
		segment := first.Lines().At(0)
		line := bytes.TrimSpace(segment.Value(source))
		for _, name := range []string{"Note", "Tip", "Important", "Warning", "Caution"} {
			if string(line) != "[!"+strings.ToUpper(name)+"]" {
				continue
			}
			n.SetAttributeString("note", name)
			for child := first.FirstChild(); child != nil; child = first.FirstChild() {
				text, ok := child.(*ast.Text)
				if first.RemoveChild(first, child); ok && text.SoftLineBreak() {
					break
				}
			}
		}
		return nil
	})
}
