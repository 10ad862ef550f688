// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever the size of a part, the parts together are the value, and none cuts a character.
func TestReadingInParts(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	token := w.token(w.project("p"), "")
	value := `{"ä":"` + strings.Repeat("x€😀é\\u0000<script>", 40) + `"}`
	w.do(token, "set", `{"key":"a","value":`+value+`}`)
	for _, limit := range []int{4, 5, 7, 64, 10_000} {
		text, offset, digest := "", 0, ""
		for offset >= 0 {
			part := w.do(token, "read", fmt.Sprintf(`{"key":"a","offset":%d,"limit":%d}`, offset, limit))
			if part["exists"] != true || part["size"] != float64(len(value)) || digest != "" && part["digest"] != digest {
				t.Fatalf("got %v", part)
			}
			if got := part["text"].(string); len(got) > limit || len(got) == 0 || strings.ContainsRune(got, '\ufffd') {
				t.Fatalf("limit %d: got %q", limit, got)
			}
			text, digest, offset = text+part["text"].(string), part["digest"].(string), -1
			if next, ok := part["next_offset"].(float64); ok {
				offset = int(next)
			}
		}
		if diff := cmp.Diff(value, text); diff != "" {
			t.Errorf("limit %d: %s", limit, diff)
		}
	}
	none := map[string]any{"exists": false, "size": 0.0, "text": "", "next_offset": nil, "digest": ""}
	if diff := cmp.Diff(none, w.do(token, "read", `{"key":"b"}`)); diff != "" {
		t.Error(diff)
	}
	beyond := w.do(token, "read", `{"key":"a","offset":1000000000}`)
	if beyond["text"] != "" || beyond["next_offset"] != nil || beyond["exists"] != true {
		t.Errorf("got %v", beyond)
	}
	other := w.token(w.project("q"), "")
	if diff := cmp.Diff(none, w.do(other, "read", `{"key":"a"}`)); diff != "" {
		t.Error(diff)
	}
}
