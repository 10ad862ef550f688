// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ownKeys is how many keys each project of the isolation test has: more than fit a page of scan.
const ownKeys = 1500

// TestProjectsAreWalledOff has one project look for the keys of another in every way that there is.
func TestProjectsAreWalledOff(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, settings object) {
		s := serve(t, t.TempDir())
		s.enable(settings)
		id, token := s.project("owner")
		owner := s.as(token)
		_, token = s.project("stranger")
		stranger := s.as(token)
		fill(t, owner, "own")
		owner.wants(t, "set", object{"key": "secret", "value": "s3cret", "ex": 1000}, `{"result":"OK"}`)
		owner.wants(t, "set", object{"key": "counter", "value": 41}, `{"result":"OK"}`)
		fill(t, stranger, "mine")

		seesNothing(t, stranger, id)
		seesOnlyItsOwn(t, stranger, owner)
		stranger.wants(t, "set", object{"key": "secret", "value": "other", "nx": true}, `{"result":"OK"}`)
		stranger.wants(t, "incr", object{"key": "counter"}, `{"value":1}`)
		stranger.wants(t, "del", object{"keys": []string{"secret", "counter"}}, `{"deleted":2}`)
		owner.wants(t, "get", object{"key": "secret"}, `{"value":"s3cret"}`)
		owner.wants(t, "incr", object{"key": "counter"}, `{"value":42}`)
		managesNothing(t, stranger, id)
		narrowedKeyStaysOut(t, s, id)
	})
}

// fill stores the keys prefix:0 and so on.
func fill(t *testing.T, c caller, prefix string) {
	t.Helper()
	for entries := range slices.Chunk(entriesOf(prefix), 1000) {
		c.wants(t, "mset", object{"entries": entries}, `{"result":"OK"}`)
	}
}

func entriesOf(prefix string) (entries []object) {
	for i := range ownKeys {
		entries = append(entries, object{"key": fmt.Sprintf("%s:%d", prefix, i), "value": i})
	}
	return entries
}

// seesNothing asks for another project's keys by name; to name the project in the body is of no use.
func seesNothing(t *testing.T, c caller, other int) {
	t.Helper()
	escaped := fmt.Sprintf("kv:p%d:secret", other)
	for _, key := range []string{"secret", escaped, fmt.Sprintf("%d:secret", other), "../secret"} {
		for _, project := range []any{nil, other, "x"} {
			one := object{"key": key, "project_id": project}
			many := object{"keys": []string{key, "counter"}, "project_id": project}
			c.wants(t, "get", one, `{"value":null}`)
			c.wants(t, "ttl", one, `{"ttl":-2}`)
			c.wants(t, "persist", one, `{"result":0,"success":false}`)
			c.wants(t, "mget", many, `{"values":[null,null]}`)
			c.wants(t, "exists", many, `{"exists":0}`)
			c.wants(t, "del", many, `{"deleted":0}`)
			one["seconds"] = 0
			c.wants(t, "expire", one, `{"result":0,"success":false}`)
		}
	}
	c.wants(t, "set", object{"key": "secret", "value": 1, "xx": true}, `{"result":null}`)
}

// seesOnlyItsOwn lists keys by patterns, some of which would match another's if they were applied to more than the
// project's own names, and goes on from another's cursor.
func seesOnlyItsOwn(t *testing.T, c, other caller) {
	t.Helper()
	for _, pattern := range []string{
		"*", "mine:*", "own:*", "kv:p1:*", "*:*", "p?:*", "[k]v:*", "?*", "1:*", "*secret*", `\*`,
	} {
		var found struct{ Keys []string }
		c.kv(t, "keys", object{"pattern": pattern}).decode(t, &found)
		if i := slices.IndexFunc(found.Keys, isForeign); i >= 0 {
			t.Errorf("keys %q shows %q", pattern, found.Keys[i])
		}
		slices.Sort(found.Keys)
		if diff := cmp.Diff(scanAll(t, c, pattern, ""), found.Keys); diff != "" {
			t.Errorf("scan %q (-scan +keys):\n%s", pattern, diff)
		}
	}
	if got := len(scanAll(t, c, "*", "")); got != ownKeys {
		t.Errorf("scan finds %d of its own %d keys", got, ownKeys)
	}
	var page struct{ Cursor string }
	other.kv(t, "scan", object{"limit": 100}).decode(t, &page)
	if i := slices.IndexFunc(scanAll(t, c, "*", page.Cursor), isForeign); i >= 0 {
		t.Errorf("another project's cursor leads to its keys")
	}
}

func isForeign(key string) bool { return !strings.HasPrefix(key, "mine:") }

// scanAll returns the keys of all pages from a cursor on, sorted, each once.
func scanAll(t *testing.T, c caller, pattern, cursor string) []string {
	t.Helper()
	keys := []string{}
	for {
		body := object{"pattern": pattern, "limit": 100}
		if cursor != "" {
			body["cursor"] = cursor
		}
		var page struct {
			Keys   []string
			Cursor *string
		}
		c.kv(t, "scan", body).decode(t, &page)
		keys = append(keys, page.Keys...)
		if page.Cursor == nil {
			slices.Sort(keys)
			return slices.Compact(keys)
		}
		cursor = *page.Cursor
	}
}

// managesNothing calls the management with a deployment token.
func managesNothing(t *testing.T, c caller, other int) {
	t.Helper()
	project := fmt.Sprintf("/api/projects/%d", other)
	for _, call := range []struct {
		method, path string
		body         any
	}{
		{http.MethodGet, "/api/projects", nil},
		{http.MethodPost, "/api/projects", object{"name": "x"}},
		{http.MethodGet, project, nil},
		{http.MethodGet, "/api/projects/999", nil},
		{http.MethodDelete, project, nil},
		{http.MethodPost, project + "/tokens", object{"name": "x"}},
		{http.MethodGet, project + "/tokens", nil},
		{http.MethodGet, "/api/api-keys", nil},
		{http.MethodGet, "/api/audit", nil},
		{http.MethodDelete, "/api/kv/disable", nil},
	} {
		if r := c.do(t, call.method, call.path, call.body); r.status != http.StatusForbidden {
			t.Errorf("%s %s: got %s, want 403", call.method, call.path, r)
		}
	}
}

// narrowedKeyStaysOut tells projects that are not on an API key's list apart neither from each other nor from none.
func narrowedKeyStaysOut(t *testing.T, s *server, other int) {
	t.Helper()
	mine, _ := s.project("narrowed")
	var made struct{ Token string }
	s.admin().must(t, http.MethodPost, "/api/api-keys",
		object{"name": "narrow", "permissions": []string{"KvRead", "KvWrite"}, "project_ids": []int{mine}}, &made)
	key := s.as(made.Token)
	key.wants(t, "get", object{"key": "secret", "project_id": mine}, `{"value":null}`)
	for _, id := range []int{other, 999} {
		key.refused(t, "get", object{"key": "secret", "project_id": id}, http.StatusForbidden, "permission_denied")
	}
}
