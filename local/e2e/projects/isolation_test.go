// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package projects_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
)

// ownKeys is how many keys each project of the isolation test has: more than fit a page of scan.
const ownKeys = 1500

// TestProjectsAreWalledOff has one project look for the keys of another in every way that there is.
func TestProjectsAreWalledOff(t *testing.T) {
	t.Parallel()
	e2e.ForEachEngine(t, func(t *testing.T, settings e2e.Object) {
		s := e2e.Serve(t, t.TempDir())
		s.Enable(settings)
		id, token := s.CreateProject("owner")
		owner := s.As(token)
		_, token = s.CreateProject("stranger")
		stranger := s.As(token)
		fill(t, owner, "own")
		owner.Expect(t, "set", e2e.Object{"key": "secret", "value": "s3cret", "ex": 1000}, `{"result":"OK"}`)
		owner.Expect(t, "set", e2e.Object{"key": "counter", "value": 41}, `{"result":"OK"}`)
		fill(t, stranger, "mine")

		seesNothing(t, stranger, id)
		seesOnlyItsOwn(t, stranger, owner)
		stranger.Expect(t, "set", e2e.Object{"key": "secret", "value": "other", "nx": true}, `{"result":"OK"}`)
		stranger.Expect(t, "incr", e2e.Object{"key": "counter"}, `{"value":1}`)
		stranger.Expect(t, "del", e2e.Object{"keys": []string{"secret", "counter"}}, `{"deleted":2}`)
		owner.Expect(t, "get", e2e.Object{"key": "secret"}, `{"value":"s3cret"}`)
		owner.Expect(t, "incr", e2e.Object{"key": "counter"}, `{"value":42}`)
		managesNothing(t, stranger, id)
		narrowedKeyStaysOut(t, s, id)
	})
}

// fill stores the keys prefix:0 and so on.
func fill(t *testing.T, c e2e.Caller, prefix string) {
	t.Helper()
	for entries := range slices.Chunk(entriesOf(prefix), 1000) {
		c.Expect(t, "mset", e2e.Object{"entries": entries}, `{"result":"OK"}`)
	}
}

func entriesOf(prefix string) (entries []e2e.Object) {
	for i := range ownKeys {
		entries = append(entries, e2e.Object{"key": fmt.Sprintf("%s:%d", prefix, i), "value": i})
	}
	return entries
}

// seesNothing asks for another project's keys by name; to name the project in the body is of no use.
func seesNothing(t *testing.T, c e2e.Caller, other int) {
	t.Helper()
	escaped := fmt.Sprintf("kv:p%d:secret", other)
	for _, key := range []string{"secret", escaped, fmt.Sprintf("%d:secret", other), "../secret"} {
		for _, project := range []any{nil, other, "x"} {
			one := e2e.Object{"key": key, "project_id": project}
			many := e2e.Object{"keys": []string{key, "counter"}, "project_id": project}
			c.Expect(t, "get", one, `{"value":null}`)
			c.Expect(t, "ttl", one, `{"ttl":-2}`)
			c.Expect(t, "persist", one, `{"result":0,"success":false}`)
			c.Expect(t, "mget", many, `{"values":[null,null]}`)
			c.Expect(t, "exists", many, `{"exists":0}`)
			c.Expect(t, "del", many, `{"deleted":0}`)
			one["seconds"] = 0
			c.Expect(t, "expire", one, `{"result":0,"success":false}`)
		}
	}
	c.Expect(t, "set", e2e.Object{"key": "secret", "value": 1, "xx": true}, `{"result":null}`)
}

// seesOnlyItsOwn lists keys by patterns, some of which would match another's if they were applied to more than the
// project's own names, and goes on from another's cursor.
func seesOnlyItsOwn(t *testing.T, c, other e2e.Caller) {
	t.Helper()
	for _, pattern := range []string{
		"*", "mine:*", "own:*", "kv:p1:*", "*:*", "p?:*", "[k]v:*", "?*", "1:*", "*secret*", `\*`,
	} {
		var found struct{ Keys []string }
		c.KV(t, "keys", e2e.Object{"pattern": pattern}).Decode(t, &found)
		if i := slices.IndexFunc(found.Keys, isForeign); i >= 0 {
			t.Errorf("keys %q shows %q", pattern, found.Keys[i])
		}
		slices.Sort(found.Keys)
		if diff := cmp.Diff(e2e.ScanKeys(t, c, pattern, ""), found.Keys); diff != "" {
			t.Errorf("scan %q (-scan +keys):\n%s", pattern, diff)
		}
	}
	if got := len(e2e.ScanKeys(t, c, "*", "")); got != ownKeys {
		t.Errorf("scan finds %d of the project's %d keys", got, ownKeys)
	}
	var page struct{ Cursor string }
	other.KV(t, "scan", e2e.Object{"limit": 100}).Decode(t, &page)
	if i := slices.IndexFunc(e2e.ScanKeys(t, c, "*", page.Cursor), isForeign); i >= 0 {
		t.Errorf("another project's cursor leads to its keys")
	}
}

func isForeign(key string) bool { return !strings.HasPrefix(key, "mine:") }

// managesNothing calls the management with a deployment token.
func managesNothing(t *testing.T, c e2e.Caller, other int) {
	t.Helper()
	project := fmt.Sprintf("/api/projects/%d", other)
	for _, call := range []struct {
		method, path string
		body         any
	}{
		{http.MethodGet, "/api/projects", nil},
		{http.MethodPost, "/api/projects", e2e.Object{"name": "x"}},
		{http.MethodGet, project, nil},
		{http.MethodGet, "/api/projects/999", nil},
		{http.MethodDelete, project, nil},
		{http.MethodPost, project + "/tokens", e2e.Object{"name": "x"}},
		{http.MethodGet, project + "/tokens", nil},
		{http.MethodGet, "/api/api-keys", nil},
		{http.MethodGet, "/api/audit", nil},
		{http.MethodDelete, "/api/kv/disable", nil},
	} {
		if r := c.Do(t, call.method, call.path, call.body); r.Status != http.StatusForbidden {
			t.Errorf("%s %s: got %s, want 403", call.method, call.path, r)
		}
	}
}

// narrowedKeyStaysOut checks that an API key gets the same answers for projects that are not on its list and for none.
func narrowedKeyStaysOut(t *testing.T, s *e2e.Server, other int) {
	t.Helper()
	mine, _ := s.CreateProject("narrowed")
	var made struct{ Token string }
	s.Admin().Must(t, http.MethodPost, "/api/api-keys",
		e2e.Object{"name": "narrow", "permissions": []string{"KvRead", "KvWrite"}, "project_ids": []int{mine}}, &made)
	key := s.As(made.Token)
	key.Expect(t, "get", e2e.Object{"key": "secret", "project_id": mine}, `{"value":null}`)
	for _, id := range []int{other, 999} {
		key.ExpectProblem(t, "get", e2e.Object{"key": "secret", "project_id": id}, http.StatusForbidden, "permission_denied")
	}
}
