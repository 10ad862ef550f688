// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Ids that begin alike, and keys that look like another project's, are where walls have holes.
func TestOneProjectNeverSeesAnother(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	var mine, other string
	for i := 1; i <= 12; i++ {
		id := w.project("p")
		token := w.token(id, "")
		switch id {
		case 1:
			mine = token
		case 11:
			other = token
		}
	}
	w.do(other, "mset", `{"entries":[{"key":"secret","value":"s"},{"key":"1:secret","value":"s"},{"key":":secret","value":"s"},{"key":"n","value":5}]}`)
	for _, key := range []string{"secret", "1:secret", ":secret", "11:secret", "kv:p11:secret", "*", "p11:secret", "\\u0000"} {
		body := fmt.Sprintf(`{"key":"%s"}`, key)
		if got := w.do(mine, "get", body); got["value"] != nil {
			t.Errorf("get %s: %v", key, got)
		}
		if got := w.do(mine, "ttl", body); got["ttl"] != -2.0 {
			t.Errorf("ttl %s: %v", key, got)
		}
		w.do(mine, "persist", body)
		w.do(mine, "expire", fmt.Sprintf(`{"key":"%s","seconds":-1}`, key))
		keys := fmt.Sprintf(`{"keys":["%s"]}`, key)
		for op, want := range map[string]any{"exists": 0.0, "del": 0.0, "mget": []any{nil},
			"describe": []any{map[string]any{"type": "none", "size": 0.0, "pttl": -2.0}}} {
			got := w.do(mine, op, keys)
			for _, v := range got {
				if diff := cmp.Diff(want, v); diff != "" {
					t.Errorf("%s %s: %s", op, key, diff)
				}
			}
		}
	}
	for _, pattern := range []string{"*", "1*", "kv:*", "[^x]*", "?*", "*secret*", "../*", "\\\\*"} {
		if got := w.do(mine, "keys", `{"pattern":"`+pattern+`"}`)["keys"].([]any); len(got) > 0 {
			t.Errorf("keys %s: %v", pattern, got)
		}
		if got := w.do(mine, "scan", `{"pattern":"`+pattern+`"}`)["keys"].([]any); len(got) > 0 {
			t.Errorf("scan %s: %v", pattern, got)
		}
	}
	w.do(mine, "incr", `{"key":"n"}`)
	w.do(mine, "set", `{"key":"secret","value":"mine"}`)
	// Nothing that was done above touched the other project.
	if got := w.do(other, "mget", `{"keys":["secret","1:secret",":secret","n"]}`)["values"]; !cmp.Equal(got, []any{"s", "s", "s", 5.0}) {
		t.Errorf("got %v", got)
	}
}

func TestCursorsDoNotCarryAProject(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	mine, other := w.token(w.project("a"), ""), w.token(w.project("b"), "")
	for i := range 50 {
		w.do(other, "set", fmt.Sprintf(`{"key":"theirs%d","value":1}`, i))
		w.do(mine, "set", fmt.Sprintf(`{"key":"mine%d","value":1}`, i))
	}
	cursor := w.do(other, "scan", `{"limit":5}`)["cursor"]
	for cursor != nil {
		page := w.do(mine, "scan", fmt.Sprintf(`{"limit":5,"cursor":%q}`, cursor))
		for _, key := range page["keys"].([]any) {
			if !strings.HasPrefix(key.(string), "mine") {
				t.Errorf("another project's cursor showed %v", key)
			}
		}
		cursor = page["cursor"]
	}
	for _, odd := range []string{"x", "0", "-1", "../..", "kv:p2:", strings.Repeat("9", 128), "\u00e9"} {
		w.refused("invalid", mine, "POST", "/api/kv/scan", fmt.Sprintf(`{"cursor":%q}`, odd))
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	one, two := w.project("one"), w.project("two")
	tokens := map[string]string{
		"nobody":      "",
		"unknown":     "dt_" + strings.Repeat("x", 36),
		"token":       w.token(one, ""),
		"read-only":   w.token(one, `,"read_only":true`),
		"admin":       w.admin,
		"system-read": w.key(`"permissions":["SystemRead"]`),
		"reader":      w.key(`"permissions":["KvRead"]`),
		"writer":      w.key(`"permissions":["KvWrite"]`),
		"narrow":      w.key(fmt.Sprintf(`"permissions":["KvRead","KvWrite"],"project_ids":[%d]`, one)),
	}
	on := func(project int, body string) string { return fmt.Sprintf(`{"project_id":%d,%s`, project, body[1:]) }
	requests := []struct {
		name, method, path, body string
		allowed                  string // the tokens that may; the others get permission_denied
	}{
		{"get", "POST", "/api/kv/get", on(one, `{"key":"a"}`), "token read-only admin reader narrow"},
		{"get of another", "POST", "/api/kv/get", on(two, `{"key":"a"}`), "token read-only admin reader"},
		{"get of none", "POST", "/api/kv/get", on(999, `{"key":"a"}`), "token read-only 404:admin 404:reader"},
		{"scan", "POST", "/api/kv/scan", on(one, `{"limit":1}`), "token read-only admin reader narrow"},
		{"set", "POST", "/api/kv/set", on(one, `{"key":"a","value":1}`), "token admin writer narrow"},
		{"set of another", "POST", "/api/kv/set", on(two, `{"key":"a","value":1}`), "token admin writer"},
		{"incr", "POST", "/api/kv/incr", on(one, `{"key":"n"}`), "token admin writer narrow"},
		{"del", "POST", "/api/kv/del", on(one, `{"keys":["z"]}`), "token admin writer narrow"},
		{"status", "GET", "/api/kv/status", "", "token read-only admin system-read reader writer narrow"},
		{"enable", "POST", "/api/kv/enable", "{}", "admin"},
		{"update", "PATCH", "/api/kv/update", "{}", "admin"},
		{"list projects", "GET", "/api/projects", "", "admin system-read"},
		{"show a project", "GET", "/api/projects/1", "", "admin system-read"},
		{"show no project", "GET", "/api/projects/999", "", "404:admin 404:system-read"},
		{"create a project", "POST", "/api/projects", `{"name":"x"}`, "admin"},
		{"delete a project", "DELETE", "/api/projects/999", "", "404:admin"},
		{"list tokens", "GET", "/api/projects/1/tokens", "", "admin system-read"},
		{"list tokens of none", "GET", "/api/projects/999/tokens", "", "404:admin 404:system-read"},
		{"create a token", "POST", "/api/projects/1/tokens", `{"name":"x"}`, "admin"},
		{"revoke no token", "DELETE", "/api/projects/1/tokens/x", "", "404:admin"},
		{"list API keys", "GET", "/api/api-keys", "", "admin"},
		{"create an API key", "POST", "/api/api-keys", `{"name":"x","permissions":["KvRead"]}`, "admin"},
		{"revoke no API key", "DELETE", "/api/api-keys/x", "", "404:admin"},
		{"audit", "GET", "/api/audit", "", "admin system-read"},
	}
	for _, request := range requests {
		for who, token := range tokens {
			answer := call(w.api, request.method, request.path, token, request.body)
			want := 403
			switch words := strings.Fields(request.allowed); {
			case who == "nobody" || who == "unknown":
				want = 401
			case slices.Contains(words, "404:"+who):
				want = 404
			case slices.Contains(words, who):
				want = answer.Code
				if answer.Code > 299 {
					want = 200
				}
			}
			if answer.Code != want {
				t.Errorf("%s by %s: answered %d %s, want %d", request.name, who, answer.Code, answer.Body, want)
			}
		}
	}
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	id := w.project("p")
	token := w.token(id, "")
	path := fmt.Sprintf("/api/projects/%d", id)
	get := func(token string) int { return call(w.api, "POST", "/api/kv/get", token, `{"key":"a"}`).Code }
	// One letter more, less, wrong or in another case.
	for _, wrong := range []string{token + "A", token[:len(token)-1], token[:10] + swapCase(token[10:11]) + token[11:],
		strings.ToUpper(token), " " + token + "x", strings.Replace(token, "dt_", "tk_", 1)} {
		if got := get(wrong); got != 401 {
			t.Errorf("%q: answered %d", wrong, got)
		}
	}
	soon := time.Now().Add(4 * time.Second)
	brief := w.token(id, `,"expires_at":"`+soon.UTC().Format(time.RFC3339Nano)+`"`)
	if got := get(brief); got != 200 && time.Now().Before(soon) {
		t.Errorf("before its end: answered %d", got)
	}
	listed := w.want(200, w.admin, "GET", path+"/tokens", "")["tokens"].([]any)
	if len(listed) != 2 || strings.Contains(fmt.Sprint(listed), token) {
		t.Errorf("got tokens %v", listed)
	}
	w.want(204, w.admin, "DELETE", path+"/tokens/"+listed[0].(map[string]any)["id"].(string), "")
	if got := get(token); got != 401 {
		t.Errorf("after it was revoked: answered %d", got)
	}
	waitFor(t, func() bool { return get(brief) == 401 })
	last := w.token(id, "")
	w.want(204, w.admin, "DELETE", path, "")
	if got := get(last); got != 401 {
		t.Errorf("after its project was deleted: answered %d", got)
	}
	w.refused("project_not_found", w.admin, "GET", path, "")
	w.refused("conflict", w.admin, "POST", "/api/projects", fmt.Sprintf(`{"name":"again","id":%d}`, id))
}

// swapCase changes a digit or letter into another.
func swapCase(s string) string {
	if up := strings.ToUpper(s); up != s {
		return up
	}
	if down := strings.ToLower(s); down != s {
		return down
	}
	return string('0' + (s[0]-'0'+1)%10)
}

// waitFor polls until the condition holds.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(2 * time.Minute)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("it did not come about within two minutes")
		}
	}
}
