// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/tempskv/tempskv/runtime/setting"
)

// fileName is the file that is read from the data directory where no other is named.
const fileName = "tempskv.yaml"

// file is what one configuration file says.
type file struct {
	path    string
	entries map[string]entry
}

type entry struct {
	text string
	line int
}

// openFile reads the file that was named, else the one in the data directory. Only the latter may be missing, and it
// cannot say where the data directory is.
func (s Sources) openFile(settings []Setting) (file, error) {
	path := setting.Trim(s.File)
	if path == "" {
		path = s.env("TEMPSKV_CONFIG")
	}
	if path != "" {
		f, err := readFile(path, settings)
		if errors.Is(err, fs.ErrNotExist) {
			return file{}, fmt.Errorf("there is no configuration file %s", path)
		}
		return f, err
	}
	path = filepath.Join(s.data(), fileName)
	f, err := readFile(path, settings)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return file{}, nil
	}
	if e, ok := f.entries[dataName]; ok {
		return file{}, fmt.Errorf("%s:%d: data: a file in the data directory cannot move it; use --data or TEMPSKV_DATA",
			path, e.line)
	}
	return f, err
}

// maxFile is the size of the largest file, in bytes.
const maxFile = 1 << 20

// readText reads a whole file, whatever it is: a device has no end.
func readText(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s is larger than 1 MiB, so it is no file of settings", path)
	}
	return text, err
}

func readFile(path string, settings []Setting) (file, error) {
	f := file{path: path, entries: map[string]entry{}}
	text, err := readText(path)
	if err != nil {
		return file{}, err
	}
	doc, err := parser.ParseBytes(text, 0)
	if err != nil {
		return file{}, fmt.Errorf("%s is not YAML: %s", path, yamlError(err))
	}
	for _, d := range doc.Docs {
		if err := f.add(d.Body, settings); err != nil {
			return file{}, err
		}
	}
	return f, nil
}

// yamlError leaves out the lines around the fault, which may hold a secret.
func yamlError(err error) string {
	var e yaml.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("line %d: %s", e.GetToken().Position.Line, e.GetMessage())
	}
	return "it cannot be read"
}

// add takes the keys of one document; an empty one has none.
func (f *file) add(body ast.Node, settings []Setting) error {
	switch m := body.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return nil
	case *ast.MappingNode:
		for _, v := range m.Values {
			if err := f.addEntry(v, settings); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%s: must be settings, one a line, such as %q", f.path, "addr: 127.0.0.1:8379")
}

// addEntry keeps the text of a scalar as it was written: what it means is for the setting to say.
func (f *file) addEntry(v *ast.MappingValueNode, settings []Setting) error {
	name, line := v.Key.GetToken().Value, v.Key.GetToken().Position.Line
	at := fmt.Sprintf("%s:%d: %s", f.path, line, name)
	if !slices.ContainsFunc(settings, func(s Setting) bool { return s.Name == name }) {
		return fmt.Errorf("%s: there is no such setting; there are %s", at, names(settings))
	}
	if _, twice := f.entries[name]; twice {
		return fmt.Errorf("%s: is set twice", at)
	}
	switch n := v.Value.(type) {
	case *ast.NullNode:
		return nil
	case *ast.StringNode:
		f.entries[name] = entry{text: n.Value, line: line}
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode:
		f.entries[name] = entry{text: n.GetToken().Value, line: line}
	default:
		return fmt.Errorf("%s: must be a single value", at)
	}
	return nil
}

func names(settings []Setting) string {
	all := make([]string, 0, len(settings))
	for _, s := range settings {
		all = append(all, s.Name)
	}
	return strings.Join(all, ", ")
}
