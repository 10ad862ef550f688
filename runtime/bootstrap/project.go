// SPDX-License-Identifier: Apache-2.0

package bootstrap

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// maxName bounds the names of projects and tokens, in characters, and maxRate requests a second, as the API does.
const (
	maxName = 200
	maxRate = 1_000_000
)

func (r *reader) file(body ast.Node) {
	for i, n := range r.list(r.fields(body, "the file", "projects")["projects"], "projects") {
		r.project(n, fmt.Sprintf("projects[%d]", i))
	}
}

func (r *reader) project(n ast.Node, at string) {
	f := r.fields(n, at, "id", "name", "limits", "tokens")
	p := Project{}
	p.ID = r.projectID(n, f["id"], at+".id")
	p.Name = r.name(n, f["name"], at+".name")
	if n := f["limits"]; n != nil {
		p.Limits = r.limits(n, at+".limits")
	}
	for i, n := range r.list(f["tokens"], at+".tokens") {
		p.Tokens = append(p.Tokens, r.token(n, fmt.Sprintf("%s.tokens[%d]", at, i), p.ID))
	}
	r.projects = append(r.projects, p)
}

func (r *reader) projectID(in, n ast.Node, field string) kv.ProjectID {
	text := r.required(in, n, field)
	id, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "":
		return 0
	case err != nil || id < 1 || id > int64(kv.MaxProjectID):
		r.fail(n, field, "must be a number from 1 to %d", kv.MaxProjectID)
	}
	r.once(n, field, "project", strconv.FormatInt(id, 10))
	return kv.ProjectID(id)
}

func (r *reader) name(in, n ast.Node, field string) string {
	name := r.required(in, n, field)
	if utf8.RuneCountInString(name) > maxName {
		r.fail(n, field, "must have at most %d characters", maxName)
	}
	return name
}

func (r *reader) limits(n ast.Node, at string) (l access.ProjectLimits) {
	f := r.fields(n, at, "max_keys", "max_bytes", "requests_per_second")
	l.Keys = r.count(f["max_keys"], at+".max_keys", access.MaxLimit)
	l.RequestsPerSecond = r.count(f["requests_per_second"], at+".requests_per_second", maxRate)
	l.Bytes = r.size(f["max_bytes"], at+".max_bytes")
	return l
}

// none is how a limit says that there is none, not even that of the server.
const none = "none"

func (r *reader) count(n ast.Node, field string, most int64) access.Limit {
	text := r.text(n, field)
	switch text {
	case "":
		return 0
	case none:
		return access.NoLimit
	}
	count, err := strconv.ParseInt(text, 10, 64)
	if err != nil || count < 1 || count > most {
		r.fail(n, field, "must be a number from 1 to %d, or none", most)
	}
	return access.Limit(count)
}

func (r *reader) size(n ast.Node, field string) access.Limit {
	text := r.text(n, field)
	switch text {
	case "":
		return 0
	case none:
		return access.NoLimit
	}
	size := engine.Memory(text)
	if size.Validate() != nil || size.Bytes() < 1 || size.Bytes() > access.MaxLimit {
		r.fail(n, field, `must be a size such as "512kb" or "1gb", or none`)
		return 0
	}
	return access.Limit(size.Bytes())
}
