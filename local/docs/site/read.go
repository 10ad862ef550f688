// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// repository is where files lie that are no pages.
const repository = "https://github.com/tempskv/tempskv/blob/main/"

// referencePath is the page of the API reference, which is not made from Markdown.
const referencePath = "api"

// readPage reads one page of the folder.
func readPage(folder fs.FS, name string) (*Page, error) {
	source, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, err
	}
	p := &Page{Source: name, Path: pathOf(name)}
	root := Parse(source)
	err = errors.Join(checkMarkdown(root, source), p.moveLinks(root, source))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	markNotes(root, source)
	if err := p.readHeadings(root, source); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var html bytes.Buffer
	if err := newMarkdown().Renderer().Render(&html, source, root); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.HTML = html.String()
	return p, nil
}

// moveLinks points links to Markdown files at their pages, and links to other files at the repository.
func (p *Page) moveLinks(root ast.Node, source []byte) error {
	return each(root, func(n ast.Node) error {
		link, ok := n.(*ast.Link)
		if !ok {
			return nil
		}
		to := string(link.Destination)
		if strings.Contains(to, "://") || strings.HasPrefix(to, "#") || strings.HasPrefix(to, "mailto:") {
			return nil
		}
		if strings.HasPrefix(to, "/") {
			return fmt.Errorf("the link %s is no relative one: a code host does not know it", to)
		}
		file, fragment, hasFragment := strings.Cut(to, "#")
		target := path.Join("local/docs", path.Dir(p.Source), file)
		moved := repository + target
		if target == "openapi/openapi.yaml" {
			moved = Relative(p.Path, referencePath)
		} else if below, ok := strings.CutPrefix(target, "local/docs/"); ok && path.Ext(below) == ".md" {
			moved = Relative(p.Path, pathOf(below))
		} else if target == "local/docs" {
			moved = Relative(p.Path, "")
		}
		if hasFragment {
			moved += "#" + fragment
		}
		link.Destination = []byte(moved)
		return nil
	})
}

// readHeadings finds the title, the headings and the text below each.
func (p *Page) readHeadings(root ast.Node, source []byte) error {
	section := &Section{}
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		switch {
		case !ok && n.Kind() != ast.KindHTMLBlock:
			section.Text = strings.TrimSpace(section.Text + " " + Text(n, source))
		case ok && h.Level == 1 && p.Title == "":
			p.Title = Text(h, source)
		case ok && h.Level == 1:
			return fmt.Errorf("a second title: %s", Text(h, source))
		case ok:
			p.Sections = append(p.Sections, *section)
			id, _ := h.AttributeString("id")
			heading := Heading{Level: h.Level, ID: string(id.([]byte)), Text: Text(h, source)}
			section = &Section{ID: heading.ID, Heading: heading.Text}
			p.Headings = append(p.Headings, heading)
		}
	}
	p.Sections = append(p.Sections, *section)
	if p.Title == "" {
		return errors.New("it has no title (# ...)")
	}
	return nil
}

// readNavigation reads the groups of pages from the lists below the second-level headings of README.md.
func readNavigation(source []byte) (groups []Group) {
	root := Parse(source)
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 2 {
				groups = append(groups, Group{Name: Text(n, source)})
			}
		case *ast.List:
			for item := n.FirstChild(); item != nil && len(groups) > 0; item = item.NextSibling() {
				if p := listed(item, source); p != nil {
					group := &groups[len(groups)-1]
					group.Pages = append(group.Pages, p)
				}
			}
		}
	}
	return groups
}

// listed returns the page that an item of a list begins with a link to, with its description after a colon; nil if there is none.
func listed(item ast.Node, source []byte) *Page {
	block := item.FirstChild()
	if block == nil {
		return nil
	}
	link, ok := block.FirstChild().(*ast.Link)
	if !ok {
		return nil
	}
	name := string(link.Destination)
	if path.Ext(name) != ".md" || strings.HasPrefix(name, "..") {
		return nil
	}
	rest := strings.TrimPrefix(Text(block, source), Text(link, source))
	return &Page{Source: path.Clean(name), Name: Text(link, source), Description: strings.TrimLeft(rest, " :,-–—")}
}
