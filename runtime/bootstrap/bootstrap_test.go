// SPDX-License-Identifier: Apache-2.0

package bootstrap_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/runtime/bootstrap"
)

var (
	token = access.NewToken(access.DeploymentToken)
	own   = access.Token("dt_Hunter2" + strings.Repeat("a", 40))
	sum   = strings.Repeat("0", 60) + "12aB"
)

func lookup(name string) (string, bool) {
	text, ok := map[string]string{
		"TOKEN": string(token), "LINE": string(own) + "\n", "EMPTY": "", "KEY": "tk_Hunter2" + strings.Repeat("a", 40),
		"SHORT": "dt_Hunter2", "SUM": string(token[:len(token)-2]) + "--", "INSIDE": "dt_Hunter2 " + strings.Repeat("a", 40),
	}[name]
	return text, ok
}

func read(t *testing.T, text string) ([]bootstrap.Project, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "boot.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return bootstrap.Read(path, lookup)
}

func TestRead(t *testing.T) {
	t.Parallel()
	got, err := read(t, `
# What the shop needs.
projects:
  - id: 1
    name: shop
    limits: {max_keys: 1000, max_bytes: 1gb, requests_per_second: 100}
    tokens:
      - {name: web, token_env: TOKEN}
      - name: ci
        sha256: `+sum+`
        read_only: true
        expires_at: 2030-12-31T01:00:00+01:00
  - id: 9007199254740991
    name: "7"
    limits:
      max_keys: none
    tokens:
      - {name: web, token_env: LINE, read_only: false}
`)
	if err != nil {
		t.Fatal(err)
	}
	var hash access.TokenHash
	raw, _ := hex.DecodeString(sum)
	copy(hash[:], raw)
	both := access.KvRead | access.KvWrite
	want := []bootstrap.Project{
		{NewProject: access.NewProject{ID: 1, Name: "shop",
			Limits: access.ProjectLimits{Keys: 1000, Bytes: 1 << 30, RequestsPerSecond: 100}}, Tokens: []bootstrap.Token{
			{Credential: access.Credential{Principal: access.Principal{Name: "web", Project: 1, Permissions: both},
				Prefix: "dt_", Last4: token.Last4()}, Hash: token.Hash()},
			{Credential: access.Credential{Principal: access.Principal{Name: "ci", Project: 1, Permissions: access.KvRead,
				ExpiresAt: time.Date(2030, 12, 31, 0, 0, 0, 0, time.UTC)}, Prefix: "dt_"}, Hash: hash},
		}},
		{NewProject: access.NewProject{ID: 1<<53 - 1, Name: "7", Limits: access.ProjectLimits{Keys: access.NoLimit}},
			Tokens: []bootstrap.Token{{Credential: access.Credential{Principal: access.Principal{Name: "web", Project: 1<<53 - 1,
				Permissions: both}, Prefix: "dt_", Last4: own.Last4()}, Hash: own.Hash()}}},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want)\n%s", diff)
	}
	for _, nothing := range []string{"", "# nothing\n", "projects:\n", "projects: []"} {
		if got, err := read(t, nothing); err != nil || len(got) > 0 {
			t.Errorf("%q: %v, %v", nothing, got, err)
		}
	}
}

func TestErrorsNameLineAndField(t *testing.T) {
	t.Parallel()
	const shop = "projects:\n- id: 1\n  name: shop\n"
	for _, tt := range []struct{ text, want string }{
		{"project: []", `:1: the file: has an unknown field "project"; there are projects`},
		{"- id: 1", ":1: the file: must have fields: projects"},
		{"projects: shop", ":1: projects: must be a list"},
		{"projects:\n- shop", ":2: projects[0]: must have fields"},
		{"projects:\n- name: shop", "projects[0].id: is missing"},
		{"projects:\n- id: 1\n", "projects[0].name: is missing"},
		{"projects:\n- id: 1\n  name:\n", ":3: projects[0].name: is missing"},
		{"projects:\n- id: 0\n  name: shop", ":2: projects[0].id: must be a number from 1"},
		{"projects:\n- id: one\n  name: shop", ":2: projects[0].id: must be a number"},
		{"projects:\n- id: 1\n  name: [shop]", ":3: projects[0].name: must be a single value"},
		{"projects:\n- id: 1\n  name: " + strings.Repeat("a", 201), ":3: projects[0].name: must have at most 200"},
		{shop + "- id: 1\n  name: other", ":4: projects[1].id: is the same as in line 2"},
		{shop + "  limit: {}", `:4: projects[0]: has an unknown field "limit"`},
		{shop + "  name: shop", "is not YAML: line 4"},
		{shop + "  limits: {max_keys: 0}", ":4: projects[0].limits.max_keys: must be a number from 1"},
		{shop + "  limits: {max_keys: -1}", "max_keys: must be a number"},
		{shop + "  limits: {max_keys: 1e3}", "max_keys: must be a number"},
		{shop + "  limits: {keys: 1}", `has an unknown field "keys"; there are max_keys, max_bytes, requests_per_second`},
		{shop + "  limits: {max_bytes: lots}", "max_bytes: must be a size"},
		{shop + "  limits: {max_bytes: 0}", "max_bytes: must be a size"},
		{shop + "  limits: {requests_per_second: 1000001}", "requests_per_second: must be a number from 1 to 1000000"},
		{shop + "  tokens: {name: web}", ":4: projects[0].tokens: must be a list"},
		{shop + "  tokens:\n  - {name: web}", ":5: projects[0].tokens[0]: must have either token_env or sha256"},
		{shop + "  tokens:\n  - {name: web, token_env: TOKEN, sha256: " + sum + "}", "must have either"},
		{shop + "  tokens:\n  - {token_env: TOKEN}", ":5: projects[0].tokens[0].name: is missing"},
		{shop + "  tokens:\n  - {name: web, token: " + string(own) + "}", `has an unknown field "token"`},
		{shop + "  tokens:\n  - {name: web, " + string(own) + ": x}", "has an unknown field whose name is not shown"},
		{shop + "  tokens:\n  - {name: web, token_env: NOWHERE}", `:5: projects[0].tokens[0].token_env: the variable "NOWHERE" is not set`},
		{shop + "  tokens:\n  - {name: web, token_env: EMPTY}", `the variable "EMPTY" is not set`},
		{shop + "  tokens:\n  - {name: web, token_env: KEY}", `the variable "KEY" does not hold a token`},
		{shop + "  tokens:\n  - {name: web, token_env: SHORT}", `the variable "SHORT" does not hold a token`},
		{shop + "  tokens:\n  - {name: web, token_env: SUM}", `the variable "SUM" does not hold a token`},
		{shop + "  tokens:\n  - {name: web, token_env: INSIDE}", `the variable "INSIDE" must not have white space`},
		{shop + "  tokens:\n  - {name: web, token_env: " + string(own) + "}", "token_env: is the name of a variable"},
		{shop + "  tokens:\n  - {name: web, sha256: abc}", "sha256: must be the SHA-256 of a token as 64 hexadecimal digits"},
		{shop + "  tokens:\n  - {name: web, sha256: " + string(own) + "}", "sha256: must be the SHA-256"},
		{shop + "  tokens:\n  - {name: web, sha256: }", "sha256: is missing"},
		{shop + "  tokens:\n  - {name: web, token_env: TOKEN, read_only: perhaps}", "read_only: must be true or false"},
		{shop + "  tokens:\n  - {name: web, token_env: TOKEN, expires_at: tomorrow}", "expires_at: must be a time such as"},
		{shop + "  tokens:\n  - {name: web, token_env: TOKEN}\n  - {name: web, token_env: LINE}", ":6: projects[0].tokens[1].name: is the same as in line 5"},
		{shop + "  tokens:\n  - {name: web, token_env: TOKEN}\n  - {name: ci, token_env: TOKEN}", ":6: projects[0].tokens[1]: is the same token as in line 5"},
		{shop + "---\n" + shop, "must be one document"},
		{"projects: [", "is not YAML"},
		{"projects: " + strings.Repeat(" ", 1<<20), "must be at most 1048576 bytes"},
		{"a: &a [Hunter2]\nprojects: *a", `has an unknown field "a"`},
		{"projects: &a\n- *a", "projects: must be a list"},
		{"'" + string(own), "is not YAML"},
	} {
		projects, err := read(t, tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "boot.yaml") ||
			strings.Contains(err.Error(), "Hunter2") || strings.Contains(err.Error(), string(token[:30])) {
			t.Errorf("%.200q: %v, %v, want %q", tt.text, projects, err, tt.want)
		}
	}
	if _, err := bootstrap.Read(filepath.Join(t.TempDir(), "none.yaml"), lookup); err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("a file that is not there: %v", err)
	}
}
