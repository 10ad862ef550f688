// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers"
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
	want := []any{
		map[string]any{"id": float64(first), "keys": 3.0, "complete": true},
		map[string]any{"id": float64(second), "keys": 0.0, "complete": true},
	}
	if diff := cmp.Diff(want, got["projects"]); diff != "" {
		t.Error(diff)
	}
	if got["max_memory"] != 8.0*1024*1024 || got["step_seconds"] != 15.0 {
		t.Errorf("got %v", got)
	}
	w.refused("permission_denied", w.token(first, ""), "GET", "/api/kv/stats", "")
	w.refused("permission_denied", w.key(`"permissions":["KvRead"]`), "GET", "/api/system", "")
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
