// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"path"
	"strings"
)

//go:embed layout.html assets
var own embed.FS

// view is what the layout shows.
type view struct {
	*Page
	Site           *Site
	Previous, Next *Page
	Body           template.HTML
	Reference      bool // the page is the API reference
	assets         map[string]string
}

// To returns the address of a page from this one.
func (v view) To(path string) string { return Relative(v.Path, path) }

// Asset returns the address of a file that comes with the pages.
func (v view) Asset(name string) (string, error) {
	hashed, ok := v.assets[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %s", name)
	}
	return Relative(v.Path, hashed), nil
}

// OnErrors reports whether the page is one of the error codes, or their list.
func (v view) OnErrors() bool { return v.Path == "errors" || strings.HasPrefix(v.Path, "errors/") }

// Contents returns the headings for the table of contents.
func (v view) Contents() (all []Heading) {
	for _, h := range v.Headings {
		if h.Level <= 3 {
			all = append(all, h)
		}
	}
	return all
}

// Files returns everything that is served below /docs, by path. Reference names files of the API reference, by the names in the
// layout: they are served from elsewhere.
func (s *Site) Files(reference map[string]string) (map[string][]byte, error) {
	index, err := s.searchIndex()
	if err != nil {
		return nil, err
	}
	files, assets := map[string][]byte{}, map[string]string{}
	for name, hashed := range reference {
		assets[name] = hashed
	}
	add := func(name string, data []byte) {
		hashed := hashedName(name, data)
		files[hashed], assets[name] = data, hashed
	}
	add("search.json", index)
	entries, err := own.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		data, err := own.ReadFile(path.Join("assets", e.Name()))
		if err != nil {
			return nil, err
		}
		add(e.Name(), data)
	}
	layout, err := template.ParseFS(own, "layout.html")
	if err != nil {
		return nil, err
	}
	for _, v := range s.views(assets) {
		var html bytes.Buffer
		if err := layout.Execute(&html, v); err != nil {
			return nil, fmt.Errorf("%s: %w", v.Source, err)
		}
		files[v.file()] = html.Bytes()
	}
	return files, nil
}

// views returns all pages with what is around them.
func (s *Site) views(assets map[string]string) (all []view) {
	pages := s.Pages()
	for i, p := range pages {
		v := view{Page: p, Site: s, Body: template.HTML(p.HTML), assets: assets}
		if i > 0 {
			v.Previous = pages[i-1]
		}
		if i+1 < len(pages) {
			v.Next = pages[i+1]
		}
		all = append(all, v)
	}
	missing := &Page{Path: "404", Title: "No such page"}
	reference := &Page{Path: referencePath, Title: "API reference", Description: "Every operation, to read and to try."}
	return append(all, view{Page: reference, Site: s, Reference: true, assets: assets}, view{Page: missing, Site: s, assets: assets})
}

// hashedName puts a hash of the content into a name, so that browsers can keep it forever.
func hashedName(name string, data []byte) string {
	sum := sha256.Sum256(data)
	extension := path.Ext(name)
	return "assets/" + strings.TrimSuffix(name, extension) + "-" + hex.EncodeToString(sum[:5]) + extension
}

// searched is a section in the index of the search.
type searched struct {
	Page    string `json:"p"`
	Title   string `json:"t"`
	ID      string `json:"i,omitempty"`
	Heading string `json:"h,omitempty"`
	Text    string `json:"x,omitempty"`
}

func (s *Site) searchIndex() ([]byte, error) {
	all := []searched{{Page: referencePath, Title: "API reference", Text: "Every operation, with request and answer. OpenAPI, Swagger."}}
	for _, p := range s.Pages() {
		for _, section := range p.Sections {
			if section.Heading != "" || section.Text != "" {
				all = append(all, searched{p.Path, p.Title, section.ID, section.Heading, section.Text})
			}
		}
	}
	return json.Marshal(all)
}
