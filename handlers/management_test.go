// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tempskv/tempskv/handlers"
)

func TestTurningTheServiceOnAndOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	token := w.token(w.project("p"), "")
	status := func(token string) map[string]any { return w.want(200, token, "GET", "/api/kv/status", "") }

	off := map[string]any{"enabled": false, "healthy": false, "version": nil, "docker_image": nil, "engine": nil}
	if diff := cmp.Diff(off, status(token)); diff != "" {
		t.Errorf("before the first enable: %s", diff)
	}
	w.refused("kv_disabled", token, "POST", "/api/kv/get", `{"key":"a"}`)
	w.refused("kv_not_enabled", w.admin, "PATCH", "/api/kv/update", `{"max_memory":"1mb"}`)
	w.refused("kv_not_enabled", w.admin, "DELETE", "/api/kv/disable", "")
	w.refused("not_supported", w.admin, "POST", "/api/kv/enable", `{"engine":"podman"}`)
	w.refused("not_supported", w.admin, "POST", "/api/kv/enable", `{"eviction":"allkeys-lru"}`)
	w.refused("not_supported", w.admin, "POST", "/api/kv/enable", `{"version":"8"}`)

	enabled := w.want(200, w.admin, "POST", "/api/kv/enable", `{"max_memory":"8mb"}`)
	on := map[string]any{
		"enabled": true, "healthy": true, "docker_image": nil, "engine": "embedded", "max_memory": "8mb",
		"persistence": true, "eviction": "noeviction", "message": "", "warnings": []any{},
	}
	if diff := cmp.Diff(on, enabled["status"], cmpopts.IgnoreMapEntries(func(k string, _ any) bool {
		return k == "version" || k == "used_memory"
	})); diff != "" || enabled["success"] != true || enabled["message"] == "" {
		t.Errorf("got %v: %s", enabled, diff)
	}
	seen := status(token)
	if seen["version"] == nil || seen["max_memory"] != nil || seen["message"] != nil || len(seen) != 5 {
		t.Errorf("a deployment token sees %v", seen)
	}
	w.want(200, w.admin, "POST", "/api/kv/enable", `{"max_memory":"8mb"}`)
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	w.want(200, w.admin, "POST", "/api/kv/enable", `{"max_memory":"8192KB"}`)
	w.refused("already_enabled", w.admin, "POST", "/api/kv/enable", `{"max_memory":"9mb"}`)
	w.refused("conflict", w.admin, "POST", "/api/kv/enable", `{"engine":"external","redis_url":"redis://127.0.0.1:1"}`)

	w.do(token, "set", `{"key":"a","value":1}`)
	w.refused("out_of_memory", token, "POST", "/api/kv/set", `{"key":"b","value":"`+strings.Repeat("v", 9<<20)+`"}`)
	if got := w.want(200, w.admin, "PATCH", "/api/kv/update", `{"max_memory":"16mb"}`)["status"].(map[string]any); got["max_memory"] != "16mb" {
		t.Errorf("got %v", got)
	}
	w.do(token, "set", `{"key":"b","value":"`+strings.Repeat("v", 9<<20)+`"}`)

	w.want(200, w.admin, "DELETE", "/api/kv/disable", "")
	w.refused("kv_disabled", token, "POST", "/api/kv/get", `{"key":"a"}`)
	if got := status(w.admin); got["enabled"] != false || got["healthy"] != false || got["version"] != nil || got["engine"] != "embedded" {
		t.Errorf("after disable: %v", got)
	}
	if got := w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)["status"].(map[string]any); got["max_memory"] != "16mb" {
		t.Errorf("the stored settings are not back: %v", got)
	}
	if got := w.do(token, "get", `{"key":"a"}`); got["value"] != 1.0 {
		t.Errorf("the data is not back: %v", got)
	}
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	id := w.project("p")
	token := w.token(id, "")
	w.refused("permission_denied", token, "POST", "/api/projects", `{"name":"x"}`)
	w.refused("invalid", w.admin, "POST", "/api/projects", `{"name":""}`)
	w.do(token, "set", `{"key":"a","value":"s3cret"}`)
	w.refused("invalid", w.admin, "DELETE", "/api/projects/1/tokens/"+token, "") // the token for its id
	for range 5 {
		w.refused("permission_denied", token, "DELETE", "/api/projects/1", "")
	}
	w.want(204, w.admin, "DELETE", "/api/projects/1", "")

	type line struct{ Action, Target, Result string }
	var got []line
	for query := "?limit=2"; query != ""; {
		page := w.want(200, w.admin, "GET", "/api/audit"+query, "")
		for _, e := range page["entries"].([]any) {
			e := e.(map[string]any)
			if e["ip"] != "192.0.2.1" || e["request_id"] == "" || e["actor"] == "" || !strings.HasSuffix(e["time"].(string), "Z") {
				t.Errorf("got %v", e)
			}
			target, _, _ := strings.Cut(e["target"].(string), ":")
			got = append(got, line{e["action"].(string), target, e["result"].(string)})
		}
		query = ""
		if cursor := page["cursor"]; cursor != nil {
			query = "?limit=2&cursor=" + cursor.(string)
		}
	}
	want := []line{
		{"deleteProject", "project", "ok"}, {"deleteProject", "project", "permission_denied"}, {"revokeToken", "token", "invalid"},
		{"createProject", "", "invalid"}, {"createProject", "", "permission_denied"},
		{"createToken", "token", "ok"}, {"createProject", "project", "ok"}, {"kvEnable", "service", "ok"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	whole := call(w.api, "GET", "/api/audit", w.admin, "").Body.String()
	if strings.Contains(whole, "s3cret") || strings.Contains(whole, token) {
		t.Errorf("the audit log holds a value or a token: %s", whole)
	}
	w.refused("invalid", w.admin, "GET", "/api/audit?cursor=!", "")
}

func TestProjectsAndKeys(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	if got := w.want(200, w.admin, "GET", "/api/projects", ""); len(got["projects"].([]any)) != 0 {
		t.Errorf("got %v", got)
	}
	created := w.want(201, w.admin, "POST", "/api/projects", `{"name":"a","id":7}`)
	if created["id"] != 7.0 || created["name"] != "a" || created["created_at"] == nil {
		t.Errorf("got %v", created)
	}
	w.refused("conflict", w.admin, "POST", "/api/projects", `{"name":"b","id":7}`)
	if got := w.want(200, w.admin, "GET", "/api/projects/7", ""); !cmp.Equal(got, created) {
		t.Errorf("got %v, want %v", got, created)
	}
	w.refused("project_not_found", w.admin, "POST", "/api/projects/8/tokens", `{"name":"t"}`)
	w.refused("token_not_found", w.admin, "DELETE", "/api/projects/7/tokens/none", "")
	w.refused("invalid", w.admin, "POST", "/api/projects/7/tokens", `{"name":"t","expires_at":"2001-01-01T00:00:00Z"}`)
	w.refused("invalid", w.admin, "POST", "/api/projects/7/tokens", `{"name":"t","expires_at":"0001-01-01T00:00:00Z"}`)
	w.refused("invalid", w.admin, "POST", "/api/projects/7/tokens", `{"name":"t","expires_at":"9999-12-31T23:59:59-23:59"}`)
	w.refused("invalid", w.admin, "GET", "/api/projects/07", "")
	token := w.want(201, w.admin, "POST", "/api/projects/7/tokens", `{"name":"t","read_only":true,"expires_at":"2999-01-01T01:00:00+01:00"}`)
	if token["expires_at"] != "2999-01-01T00:00:00Z" || token["read_only"] != true || token["last_used_at"] != nil ||
		token["prefix"] != "dt_" || !strings.HasSuffix(token["token"].(string), token["last4"].(string)) {
		t.Errorf("got %v", token)
	}
	key := w.want(201, w.admin, "POST", "/api/api-keys", `{"name":"k","permissions":["KvRead","SystemRead"],"project_ids":[7]}`)
	if diff := cmp.Diff([]any{"SystemRead", "KvRead"}, key["permissions"]); diff != "" {
		t.Error(diff)
	}
	listed := w.want(200, w.admin, "GET", "/api/api-keys", "")["api_keys"].([]any)
	if len(listed) != 2 || listed[1].(map[string]any)["token"] != nil {
		t.Errorf("got %v", listed)
	}
	w.want(204, w.admin, "DELETE", "/api/api-keys/"+key["id"].(string), "")
	w.refused("unauthorized", key["token"].(string), "GET", "/api/kv/status", "")
	w.refused("token_not_found", w.admin, "DELETE", "/api/api-keys/"+key["id"].(string), "")
}

func TestPagesAround(t *testing.T) {
	t.Parallel()
	api := newDisabledAPI(t)
	for path, mediaType := range map[string]string{
		"/livez": "text/plain", "/readyz": "text/plain", "/openapi.json": "application/openapi+json", "/openapi.yaml": "application/openapi+yaml",
	} {
		plain := call(api, http.MethodGet, path, "", "")
		if plain.Code != 200 || !strings.HasPrefix(plain.Header().Get("Content-Type"), mediaType) || plain.Body.Len() == 0 {
			t.Errorf("%s: answered %d %v with %d bytes", path, plain.Code, plain.Header(), plain.Body.Len())
		}
	}
	if got := call(api, http.MethodGet, "/", "", ""); got.Header().Get("Location") != "/docs" {
		t.Errorf("got %d %v", got.Code, got.Header())
	}
	if got := call(api, http.MethodGet, "/docs", "", ""); got.Code != 404 {
		t.Errorf("without documentation: answered %d", got.Code)
	}
	api.Drain()
	if got := call(api, http.MethodGet, "/readyz", "", ""); got.Code != 503 {
		t.Errorf("while draining: answered %d", got.Code)
	}
	if got := call(api, http.MethodGet, "/livez", "", ""); got.Code != 200 {
		t.Errorf("while draining: answered %d", got.Code)
	}
}

func TestPanicsAreAnswered(t *testing.T) {
	t.Parallel()
	p := problemOf(t, call(newPanickingAPI(t), http.MethodPost, "/api/kv/get", string(projectToken), `{"key":"a"}`))
	if p.Code != "internal" || p.Status != 500 || strings.Contains(p.Detail, "s3cret") {
		t.Errorf("got %+v", p)
	}
}
