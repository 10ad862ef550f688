// SPDX-License-Identifier: Apache-2.0

package bootstrap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/tempskv/tempskv/handlers/access"
)

// reader reads one file, and keeps the first error.
type reader struct {
	path      string
	lookupEnv func(string) (string, bool)
	projects  []Project
	// ids and hashes are the lines of what must not come twice.
	ids    map[string]int
	hashes map[access.TokenHash]int
	err    error
}

// fail keeps an error of the field that n is the value of.
func (r *reader) fail(n ast.Node, field, format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s:%d: %s: %s", r.path, line(n), field, fmt.Sprintf(format, args...))
	}
}

func line(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

// once fails if the text was given before under that name.
func (r *reader) once(n ast.Node, field, name, text string) {
	key := name + "\x00" + text
	if before, twice := r.ids[key]; twice {
		r.fail(n, field, "is the same as in line %d", before)
	}
	r.ids[key] = line(n)
}

// fields returns the values of a mapping that has no other fields than those that may be.
func (r *reader) fields(n ast.Node, of string, may ...string) map[string]ast.Node {
	found := map[string]ast.Node{}
	mapping, ok := n.(*ast.MappingNode)
	if !ok {
		r.fail(n, of, "must have fields: %s", strings.Join(may, ", "))
		return found
	}
	for _, v := range mapping.Values {
		name := v.Key.GetToken().Value
		if !slices.Contains(may, name) {
			r.fail(v.Key, of, "has an unknown field %s; there are %s", shownName(name), strings.Join(may, ", "))
		}
		if _, twice := found[name]; twice {
			r.fail(v.Key, of, "has the field %s twice", shownName(name))
		}
		found[name] = v.Value
	}
	return found
}

// shownName returns the name of a field as an error shows it. A token may stand where the name should.
func shownName(name string) string {
	const longest = 24
	if len(name) > longest || strings.HasPrefix(name, string(access.DeploymentToken)) || strings.HasPrefix(name, string(access.APIKey)) {
		return "whose name is not shown"
	}
	return fmt.Sprintf("%q", name)
}

// list returns the items of a list, none where the field is not given.
func (r *reader) list(n ast.Node, field string) []ast.Node {
	switch list := n.(type) {
	case nil, *ast.NullNode:
	case *ast.SequenceNode:
		return list.Values
	default:
		r.fail(n, field, "must be a list")
	}
	return nil
}

// text returns a single value as it was written, empty where the field is not given.
func (r *reader) text(n ast.Node, field string) string {
	switch v := n.(type) {
	case nil, *ast.NullNode:
	case *ast.StringNode:
		return v.Value
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode:
		return v.GetToken().Value
	default:
		r.fail(n, field, "must be a single value")
	}
	return ""
}

// required is text of a field that must be given.
func (r *reader) required(in ast.Node, n ast.Node, field string) string {
	text := r.text(n, field)
	if text == "" {
		if n == nil {
			n = in
		}
		r.fail(n, field, "is missing")
	}
	return text
}
