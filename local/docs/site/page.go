// SPDX-License-Identifier: Apache-2.0

// Package site makes the pages of the documentation from Markdown: README.md is the first page and lists the others. Package docs
// embeds what it writes. Only the program in local/docs/build and tests import it: the programs do not need its libraries.
package site

import (
	"path"
	"strings"
)

// Page is one page, made from one Markdown file.
type Page struct {
	Source      string // the file, such as errors/too_large.md
	Path        string // below /docs, such as errors/too_large; empty for the first page
	Title       string
	Name        string // in the navigation
	Description string // from the list in which the page stands
	Headings    []Heading
	HTML        string
	Sections    []Section
}

// Heading is one of a page, below its title.
type Heading struct {
	Level    int
	ID, Text string
}

// Section is the text below a heading, for the search.
type Section struct {
	ID, Heading, Text string
}

// Group is a part of the navigation.
type Group struct {
	Name  string
	Pages []*Page
}

// pathOf returns the path of the page that is made from a file. A README.md is the page of its folder.
func pathOf(source string) string {
	name := strings.TrimSuffix(source, ".md")
	if path.Base(name) == "README" {
		name = strings.Trim(path.Dir(name), ".")
	}
	return name
}

// Relative returns the address of a file below /docs from the page at another path below it. Both may be empty. What is relative is
// right below any base path.
func Relative(from, to string) string {
	folders := strings.Count("docs/"+from, "/")
	if from == "" {
		folders = 0
	}
	shared, target := 0, strings.TrimSuffix("docs/"+to, "/")
	for parts := strings.Split("docs/"+from, "/"); shared < folders; shared++ {
		rest, below := strings.CutPrefix(target, parts[shared]+"/")
		if !below {
			break
		}
		target = rest
	}
	return strings.Repeat("../", folders-shared) + target
}
