// SPDX-License-Identifier: Apache-2.0

// Package bootstrap reads the file that says which projects and tokens a server makes at its start if they are missing:
//
//	projects:
//	  - id: 1
//	    name: shop
//	    limits: {max_keys: 1000, max_bytes: 1gb, requests_per_second: 100}
//	    tokens:
//	      - {name: web, token_env: SHOP_TOKEN}
//	      - {name: ci, sha256: 5d41402a…, read_only: true, expires_at: 2030-12-31T00:00:00Z}
//
// No token is written into it. It is read strictly: an error names the file, the line and the field, and repeats no text of the
// file but the names of fields, since what stands there may be a secret. The mains import it.
package bootstrap

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/tempskv/tempskv/handlers/access"
)

// maxFile is the size of the largest file, in bytes.
const maxFile = 1 << 20

// Project is a project with its tokens.
type Project struct {
	access.NewProject
	Tokens []Token
}

// Token is a deployment token, of which only the hash is known.
type Token struct {
	access.Credential
	Hash access.TokenHash
}

// Read reads a file of up to 1 MiB. The text of tokens comes from the environment.
func Read(path string, lookupEnv func(string) (string, bool)) ([]Project, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, fmt.Errorf("%s is not YAML: %s", path, withoutText(err))
	}
	if len(file.Docs) > 1 {
		return nil, fmt.Errorf("%s: must be one document", path)
	}
	r := &reader{path: path, lookupEnv: lookupEnv, ids: map[string]int{}, hashes: map[access.TokenHash]int{}}
	if len(file.Docs) == 1 && !empty(file.Docs[0].Body) {
		r.file(file.Docs[0].Body)
	}
	return r.projects, r.err
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s: must be at most %d bytes", path, maxFile)
	}
	return text, err
}

// withoutText returns an error of the parser without what the file says there.
func withoutText(err error) string {
	if e, ok := errors.AsType[yaml.Error](err); ok {
		return fmt.Sprintf("line %d cannot be read", e.GetToken().Position.Line)
	}
	return "it cannot be read"
}

// empty reports whether a document says nothing.
func empty(body ast.Node) bool {
	switch body.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return true
	}
	return false
}
