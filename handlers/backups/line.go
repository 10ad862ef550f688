// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

// line is one line of a backup: one of the pointers is set, or it is a key.
type line struct {
	Header     *Header         `json:"header,omitempty"`
	Project    *projectLine    `json:"project,omitempty"`
	Credential *credentialLine `json:"credential,omitempty"`
	End        *endLine        `json:"end,omitempty"`
	keyLine
	size int // bytes of its text
}

type endLine struct {
	Keys int64 `json:"keys"`
}

type projectLine struct {
	ID        kv.ProjectID `json:"id"`
	Name      string       `json:"name"`
	CreatedAt time.Time    `json:"created_at"`
	Limits    limitsLine   `json:"limits"`
}

type limitsLine struct {
	RequestsPerSecond access.Limit `json:"requests_per_second"`
	Keys              access.Limit `json:"keys"`
	Bytes             access.Limit `json:"bytes"`
}

func newProjectLine(p access.Project) *projectLine {
	return &projectLine{p.ID, p.Name, p.CreatedAt.UTC(), limitsLine(p.Limits)}
}

func (l *projectLine) project() access.Project {
	return access.Project{ID: l.ID, Name: l.Name, CreatedAt: l.CreatedAt, Limits: access.ProjectLimits(l.Limits)}
}

type credentialLine struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	SHA256      string         `json:"sha256"` // of the token
	Permissions []string       `json:"permissions"`
	Project     kv.ProjectID   `json:"project,omitempty"`  // of a deployment token
	Projects    []kv.ProjectID `json:"projects,omitzero"`  // that an API key is narrowed to
	Unchecked   bool           `json:"unchecked,omitzero"` // the token has no checksum
	Prefix      string         `json:"prefix"`
	Last4       string         `json:"last4"`
	CreatedAt   time.Time      `json:"created_at"`
	ExpiresAt   time.Time      `json:"expires_at,omitzero"`
	LastUsedAt  time.Time      `json:"last_used_at,omitzero"`
}

func newCredentialLine(c archive.Credential) *credentialLine {
	return &credentialLine{
		ID: c.ID, Name: c.Name, SHA256: hex.EncodeToString(c.Hash[:]), Permissions: c.Permissions.Names(),
		Project: c.Project, Projects: c.Projects, Unchecked: c.Unchecked, Prefix: c.Prefix, Last4: c.Last4,
		CreatedAt: c.CreatedAt.UTC(), ExpiresAt: c.ExpiresAt.UTC(), LastUsedAt: c.LastUsedAt.UTC(),
	}
}

var errCredential = errors.New("a credential does not match FORMAT.md")

func (l *credentialLine) credential() (c archive.Credential, err error) {
	hash, err := hex.DecodeString(l.SHA256)
	if err != nil || len(hash) != len(c.Hash) || l.ID == "" {
		return c, errCredential
	}
	var permissions access.Permissions
	for _, name := range l.Permissions {
		p, ok := access.ParsePermission(name)
		if !ok {
			return c, errCredential
		}
		permissions |= p
	}
	c.Hash, c.Unchecked = access.TokenHash(hash), l.Unchecked
	c.Credential = access.Credential{
		Principal: access.Principal{
			ID: l.ID, Name: l.Name, Permissions: permissions, Project: l.Project, Projects: l.Projects, ExpiresAt: l.ExpiresAt,
		},
		Prefix: l.Prefix, Last4: l.Last4, CreatedAt: l.CreatedAt, LastUsedAt: l.LastUsedAt,
	}
	return c, nil
}

// keyLine is one key.
type keyLine struct {
	ProjectID kv.ProjectID    `json:"project_id,omitempty"`
	Key       *string         `json:"key,omitempty"`
	KeyBase64 []byte          `json:"key_base64,omitempty"`
	Value     json.RawMessage `json:"value,omitempty"`
	Text      *string         `json:"text,omitempty"`
	Base64    []byte          `json:"base64,omitempty"`
	Type      string          `json:"type,omitempty"`
	Dump      []byte          `json:"dump,omitempty"`
	ExpiresAt int64           `json:"expires_at,omitempty"` // milliseconds since 1970
}

var errKey = errors.New("a key does not match FORMAT.md")

func (l *keyLine) record() (kv.Record, error) {
	r := kv.Record{Project: l.ProjectID, Key: kv.Key(l.KeyBase64), Type: l.Type, Dump: l.Dump}
	if l.Key != nil {
		r.Key = kv.Key(*l.Key)
	}
	switch {
	case l.Value != nil:
		r.Text = l.Value
	case l.Text != nil:
		r.Text = []byte(*l.Text)
	case l.Base64 != nil:
		r.Text = l.Base64
	}
	if l.ExpiresAt != 0 {
		r.ExpiresAt = time.UnixMilli(l.ExpiresAt)
	}
	if r.Key == "" || (r.Text != nil) == (r.Type != "") || (r.Dump != nil) != (r.Type != "") {
		return r, errKey
	}
	return r, nil
}

// maxValueDepth bounds the depth of a value written as JSON: readers, including ours, have limits.
const maxValueDepth = 1000

// maxQuoted bounds a text that is written as a JSON string, in bytes: it may take six times as many.
const maxQuoted = 10 << 20

// appendRecord appends the line of a key, without project_id if that is 0.
func appendRecord(b []byte, r kv.Record) []byte {
	b = append(b, '{')
	if r.Project != 0 {
		b = strconv.AppendInt(append(b, `"project_id":`...), int64(r.Project), 10)
		b = append(b, ',')
	}
	if utf8.ValidString(string(r.Key)) {
		b = jsontext.AppendQuote(append(b, `"key":`...), string(r.Key))
	} else {
		b = appendBase64(b, "key_base64", []byte(r.Key))
	}
	b = append(b, ',')
	switch {
	case r.Type != "":
		b = jsontext.AppendQuote(append(b, `"type":`...), r.Type)
		b = appendBase64(append(b, ','), "dump", r.Dump)
	case isValue(r.Text):
		b = append(append(b, `"value":`...), r.Text...)
	case len(r.Text) <= maxQuoted && utf8.Valid(r.Text):
		b = jsontext.AppendQuote(append(b, `"text":`...), string(r.Text))
	default:
		b = appendBase64(b, "base64", r.Text)
	}
	if !r.ExpiresAt.IsZero() {
		b = strconv.AppendInt(append(b, `,"expires_at":`...), r.ExpiresAt.UnixMilli(), 10)
	}
	return append(b, "}\n"...)
}

func appendBase64(b []byte, name string, data []byte) []byte {
	b = append(append(append(b, '"'), name...), `":"`...)
	return append(base64.StdEncoding.AppendEncode(b, data), '"')
}

// isValue reports whether a stored text is one JSON text without white space.
func isValue(text []byte) bool {
	compact, err := jsontext.Check(text, maxValueDepth)
	return err == nil && compact && utf8.Valid(text)
}

// appendJSON appends a line that is not a key.
func appendJSON(b []byte, name string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return b, fmt.Errorf("backup: %w", err)
	}
	return append(append(append(append(b, `{"`...), name...), `":`...), append(text, "}\n"...)...), nil
}
