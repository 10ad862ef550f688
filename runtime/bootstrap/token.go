// SPDX-License-Identifier: Apache-2.0

package bootstrap

import (
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/runtime/setting"
)

func (r *reader) token(n ast.Node, at string, project kv.ProjectID) (t Token) {
	f := r.fields(n, at, "name", "token_env", "sha256", "read_only", "expires_at")
	t.Name, t.Project, t.Permissions = r.name(n, f["name"], at+".name"), project, access.KvRead
	if !r.isTrue(f["read_only"], at+".read_only") {
		t.Permissions |= access.KvWrite
	}
	t.ExpiresAt = r.time(f["expires_at"], at+".expires_at")
	t.Prefix = string(access.DeploymentToken)
	switch env, sum := f["token_env"], f["sha256"]; {
	case (env == nil) == (sum == nil):
		r.fail(n, at, "must have either token_env or sha256")
	case env != nil:
		text := r.tokenText(env, at+".token_env")
		t.Hash, t.Last4 = text.Hash(), text.Last4()
	default:
		t.Hash = r.hash(sum, at+".sha256")
	}
	r.once(n, at+".name", "token of "+strconv.FormatInt(int64(project), 10), t.Name)
	if before, twice := r.hashes[t.Hash]; twice {
		r.fail(n, at, "is the same token as in line %d", before)
	}
	r.hashes[t.Hash] = line(n)
	return t
}

// tokenText returns the token in the variable that n names.
func (r *reader) tokenText(n ast.Node, field string) access.Token {
	name := r.required(n, n, field)
	if r.err != nil {
		return ""
	}
	if err := access.Token(name).ValidateDeploymentToken(); err == nil {
		r.fail(n, field, "is the name of a variable that holds the token, not the token itself")
		return ""
	}
	text, _ := r.lookupEnv(name)
	text, err := setting.Word(text)
	if err == nil && text == "" {
		err = errors.New("is not set")
	}
	if err == nil {
		err = access.Token(text).ValidateDeploymentToken()
	}
	if err != nil {
		r.fail(n, field, "the variable %s %s", shownName(name), detail(err))
	}
	return access.Token(text)
}

// detail says what is wrong with the value of a variable, as what follows its name.
func detail(err error) string {
	if refusal, ok := errors.AsType[*kv.Refusal](err); ok {
		return "does not hold a token: " + refusal.Detail
	}
	return err.Error()
}

func (r *reader) hash(n ast.Node, field string) (h access.TokenHash) {
	sum, err := hex.DecodeString(r.required(n, n, field))
	if err != nil || len(sum) != len(h) {
		r.fail(n, field, "must be the SHA-256 of a token as %d hexadecimal digits", hex.EncodedLen(len(h)))
	}
	copy(h[:], sum)
	return h
}

func (r *reader) isTrue(n ast.Node, field string) bool {
	switch r.text(n, field) {
	case "", "false":
		return false
	case "true":
		return true
	}
	r.fail(n, field, "must be true or false")
	return false
}

func (r *reader) time(n ast.Node, field string) time.Time {
	text := r.text(n, field)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.fail(n, field, "must be a time such as 2030-12-31T00:00:00Z")
	}
	return at.UTC()
}
