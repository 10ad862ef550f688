// SPDX-License-Identifier: Apache-2.0

package site

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// Site is all pages.
type Site struct {
	Index  *Page
	Groups []Group
	Errors []*Page // one for each error code
}

// errorsIndex is the page that lists the error codes.
const errorsIndex = "errors/README.md"

// Read reads the Markdown files of a folder.
func Read(folder fs.FS) (*Site, error) {
	source, err := fs.ReadFile(folder, "README.md")
	if err != nil {
		return nil, err
	}
	s := &Site{Groups: readNavigation(source)}
	if s.Index, err = readPage(folder, "README.md"); err != nil {
		return nil, err
	}
	for i := range s.Groups {
		if err := s.Groups[i].read(folder); err != nil {
			return nil, err
		}
	}
	if err := s.readErrors(folder); err != nil {
		return nil, err
	}
	return s, s.checkComplete(folder)
}

// read reads the pages of a group. CheckLinks reports those that are not there.
func (g *Group) read(folder fs.FS) error {
	named := g.Pages
	g.Pages = nil
	for _, n := range named {
		page, err := readPage(folder, n.Source)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		page.Name, page.Description = n.Name, n.Description
		g.Pages = append(g.Pages, page)
	}
	return nil
}

// checkComplete refuses a file that is no page.
func (s *Site) checkComplete(folder fs.FS) error {
	var known []string
	for _, p := range s.Pages() {
		known = append(known, p.Source)
	}
	return fs.WalkDir(folder, ".", func(name string, _ fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".md" && !slices.Contains(known, name) {
			return fmt.Errorf("%s is in no list of README.md", name)
		}
		return err
	})
}

// readErrors reads the pages of the error codes.
func (s *Site) readErrors(folder fs.FS) error {
	files, _ := fs.Glob(folder, "errors/*.md") // the pattern is well formed
	for _, name := range files {
		if name == errorsIndex {
			continue
		}
		page, err := readPage(folder, name)
		if err != nil {
			return err
		}
		page.Name, page.Description = page.Title, page.Sections[0].Text
		s.Errors = append(s.Errors, page)
	}
	slices.SortFunc(s.Errors, func(a, b *Page) int { return cmp.Compare(a.Path, b.Path) })
	return nil
}

// Pages returns all pages, in the order in which they are read.
func (s *Site) Pages() []*Page {
	all := []*Page{s.Index}
	for _, g := range s.Groups {
		for _, page := range g.Pages {
			if all = append(all, page); page.Source == errorsIndex {
				all = append(all, s.Errors...)
			}
		}
	}
	return all
}

// file is where a page is written.
func (p *Page) file() string {
	return path.Clean(cmp.Or(p.Path, "index")) + ".html"
}
