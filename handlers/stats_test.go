// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/limits"
)

func TestStats(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	off := w.want(200, w.admin, "GET", "/api/kv/stats", "")
	if diff := cmp.Diff([]any{}, off["projects"]); diff != "" || off["used_memory"] != 0.0 {
		t.Errorf("while off: got %v", off)
	}
	w.want(200, w.admin, "POST", "/api/kv/enable", `{"max_memory":"8mb"}`)
	first, second := w.project("a"), w.project("b")
	for i := range 3 {
		w.do(w.admin, "set", fmt.Sprintf(`{"key":"k%d","value":1,"project_id":%d}`, i, first))
	}
	got := w.want(200, w.admin, "GET", "/api/kv/stats", "")
	held := func(id int, keys, bytes, requests float64) map[string]any {
		return map[string]any{
			"id": float64(id), "keys": keys, "complete": true, "bytes": bytes, "max_keys": 0.0, "max_bytes": 0.0,
			"requests": requests, "failed": 0.0,
		}
	}
	want := []any{held(first, 3, 3*(64+2+1), 3), held(second, 0, 0, 0)}
	if diff := cmp.Diff(want, got["projects"]); diff != "" {
		t.Error(diff)
	}
	if got["max_memory"] != 8.0*1024*1024 || got["step_seconds"] != 15.0 {
		t.Errorf("got %v", got)
	}
	w.refused("permission_denied", w.token(first, ""), "GET", "/api/kv/stats", "")
	w.refused("permission_denied", w.key(`"permissions":["KvRead"]`), "GET", "/api/system", "")
}

// Data operations are counted by what became of them; what is no data operation is not.
func TestStatsOfUse(t *testing.T) {
	t.Parallel()
	w := newLimitedWorld(t, handlers.Bounds{}, limits.Config{Keys: 4, Bytes: 1 << 20, Project: limits.Rate{PerSecond: 1000}})
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	project := w.project("a")
	token := w.token(project, "")
	w.do(token, "set", `{"key":"a","value":1}`)
	w.do(token, "get", `{"key":"a"}`)
	w.do(token, "get", `{"key":"gone"}`)
	w.do(token, "mget", `{"keys":["a","a","gone"]}`)
	w.refused("invalid", token, "POST", "/api/kv/set", `{"key":"","value":1}`)
	w.refused("invalid", token, "POST", "/api/kv/set", `{"key":"a"}`)
	w.refused("quota_exceeded", token, "POST", "/api/kv/mset",
		`{"entries":[{"key":"b","value":1},{"key":"c","value":1},{"key":"d","value":1},{"key":"e","value":1}]}`)
	w.refused("project_not_found", w.admin, "POST", "/api/kv/get", `{"key":"a","project_id":99}`)
	w.refused("token_not_found", w.admin, "DELETE", "/api/projects/1/tokens/x", "")

	got := w.want(200, w.admin, "GET", "/api/kv/stats?range=15m", "")
	if got["hits"] != 3.0 || got["misses"] != 2.0 || got["step_seconds"] != 15.0 {
		t.Errorf("got %v", got)
	}
	problems := []any{
		map[string]any{"code": "invalid", "status": 422.0, "count": 2.0},
		map[string]any{"code": "project_not_found", "status": 404.0, "count": 1.0},
		map[string]any{"code": "quota_exceeded", "status": 507.0, "count": 1.0},
	}
	if diff := cmp.Diff(problems, got["problems"]); diff != "" {
		t.Error(diff)
	}
	operations := map[string]any{}
	for _, o := range got["operations"].([]any) {
		o := o.(map[string]any)
		operations[o["operation"].(string)] = []any{o["requests"], o["refused"], o["faults"]}
		if p50, p99 := o["p50_ms"].(float64), o["p99_ms"].(float64); p50 <= 0 || p99 < p50 {
			t.Errorf("got %v", o)
		}
	}
	want := map[string]any{
		"kvGet": []any{3.0, 1.0, 0.0}, "kvMget": []any{1.0, 0.0, 0.0}, "kvMset": []any{1.0, 0.0, 1.0}, "kvSet": []any{3.0, 2.0, 0.0},
	}
	if diff := cmp.Diff(want, operations); diff != "" {
		t.Error(diff)
	}
	of := got["projects"].([]any)[0].(map[string]any)
	if of["requests"] != 7.0 || of["failed"] != 3.0 || of["max_keys"] != 4.0 || of["max_bytes"] != float64(1<<20) {
		t.Errorf("got %v", of)
	}
	if got := w.want(200, w.admin, "GET", "/api/kv/stats?range=24h", ""); got["step_seconds"] != 300.0 || got["hits"] != 3.0 {
		t.Errorf("got %v", got)
	}
	w.refused("invalid", w.admin, "GET", "/api/kv/stats?range=2h", "")
}

func TestProjectStats(t *testing.T) {
	t.Parallel()
	w := newLimitedWorld(t, handlers.Bounds{}, limits.Config{Keys: 100, Bytes: 1 << 20})
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	project := w.project("a")
	path := fmt.Sprintf("/api/projects/%d", project)
	w.want(200, w.admin, "PATCH", path, `{"limits":{"requests_per_second":50,"keys":-1}}`)
	w.do(w.admin, "set", fmt.Sprintf(`{"key":"k","value":"abc","project_id":%d}`, project))
	got := w.want(200, w.admin, "GET", path+"/stats?range=24h", "")
	want := map[string]any{
		"step_seconds": 300.0, "steps": []any{}, "keys": 1.0, "bytes": 64.0 + 1 + 5, "complete": true,
		"limits": map[string]any{"requests_per_second": 50.0, "keys": 0.0, "bytes": float64(1 << 20)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	w.refused("project_not_found", w.admin, "GET", "/api/projects/99/stats", "")
	w.want(200, w.admin, "DELETE", "/api/kv/disable", "")
	if got := w.want(200, w.admin, "GET", path+"/stats", ""); got["keys"] != 0.0 || got["complete"] != false {
		t.Errorf("while off: got %v", got)
	}
}

func TestSystem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, handlers.Bounds{})
	got := w.want(200, w.key(`"permissions":["SystemRead"]`), "GET", "/api/system", "")
	if got["version"] != "1.2.3" || got["metrics"] != "/metrics" || !strings.HasSuffix(got["started_at"].(string), "Z") {
		t.Errorf("got %v", got)
	}
	want := []any{map[string]any{"name": "addr", "value": ":80", "from": "TEMPSKV_ADDR"}}
	if diff := cmp.Diff(want, got["settings"]); diff != "" {
		t.Error(diff)
	}
}
