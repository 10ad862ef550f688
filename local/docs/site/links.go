// SPDX-License-Identifier: Apache-2.0

package site

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// CheckLinks checks the links of Markdown files as they are on a code host: files and headings exist. Names are paths in the tree,
// which is the repository. Addresses of other hosts are checked by their form alone.
func CheckLinks(tree fs.FS, names []string) error {
	ids := map[string][]string{}
	var all []error
	for _, name := range names {
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		for _, to := range destinations(source) {
			if err := checkLink(tree, ids, name, to); err != nil {
				all = append(all, fmt.Errorf("%s: the link %s: %w", name, to, err))
			}
		}
	}
	return errors.Join(all...)
}

// destinations returns where the links and pictures of a file lead.
func destinations(source []byte) (all []string) {
	_ = each(Parse(source), func(n ast.Node) error { // visit returns no error
		switch n := n.(type) {
		case *ast.Link:
			all = append(all, string(n.Destination))
		case *ast.Image:
			all = append(all, string(n.Destination))
		case *ast.AutoLink:
			if n.AutoLinkType == ast.AutoLinkURL {
				all = append(all, string(n.URL(source)))
			}
		}
		return nil
	})
	return all
}

func checkLink(tree fs.FS, ids map[string][]string, from, to string) error {
	u, err := url.Parse(to)
	switch {
	case err != nil:
		return err
	case u.Scheme == "mailto":
		return nil
	case u.Scheme != "" || u.Host != "":
		return checkAddress(u)
	case strings.HasPrefix(u.Path, "/"):
		return errors.New("it is no relative path")
	}
	file := from
	if u.Path != "" {
		file = path.Join(path.Dir(from), u.Path)
	}
	if _, err := fs.Stat(tree, file); err != nil {
		return err
	}
	if u.Fragment == "" || path.Ext(file) != ".md" {
		return nil
	}
	if ids[file] == nil {
		if ids[file], err = headingsOf(tree, file); err != nil {
			return err
		}
	}
	if !slices.Contains(ids[file], u.Fragment) {
		return fmt.Errorf("%s has no such heading, but %v", file, ids[file])
	}
	return nil
}

// checkAddress checks an address of another host. Those of examples may be without TLS.
func checkAddress(u *url.URL) error {
	example := u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost"
	switch {
	case u.Host == "":
		return errors.New("it has no host")
	case u.Scheme == "https" || u.Scheme == "http" && example:
		return nil
	}
	return errors.New("it is not https")
}

func headingsOf(tree fs.FS, name string) ([]string, error) {
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	err = each(Parse(source), func(n ast.Node) error {
		if h, ok := n.(*ast.Heading); ok {
			id, _ := h.AttributeString("id")
			ids = append(ids, string(id.([]byte)))
		}
		return nil
	})
	return ids, err
}
