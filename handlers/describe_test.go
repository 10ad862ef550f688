// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDescribe describes keys of one project, which a token of another does not see.
func TestDescribe(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	token := w.token(w.project("p"), "")
	w.do(token, "set", `{"key":"a","value":{"b":[1,2]}}`)
	w.do(token, "set", `{"key":"s","value":"é","ex":100}`)
	got := w.do(token, "describe", `{"keys":["a","s","none"]}`)["keys"].([]any)
	if left := got[1].(map[string]any)["pttl"].(float64); left <= 0 || left > 100_000 {
		t.Errorf("pttl = %v, want what is left of 100 s", left)
	}
	got[1].(map[string]any)["pttl"] = nil
	none := map[string]any{"type": "none", "size": 0.0, "pttl": -2.0}
	want := []any{map[string]any{"type": "object", "size": 11.0, "pttl": -1.0}, map[string]any{"type": "string", "size": 4.0, "pttl": nil}, none}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
	other := w.do(w.token(w.project("q"), ""), "describe", `{"keys":["a"]}`)["keys"]
	if diff := cmp.Diff(other, any([]any{none})); diff != "" {
		t.Error(diff)
	}
	w.refused("invalid", token, "POST", "/api/kv/describe", `{"keys":[]}`)
}
