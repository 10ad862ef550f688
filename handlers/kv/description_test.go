// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
)

func TestTypeOf(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("1", 2*kv.BeginningBytes)
	for text, want := range map[string]string{
		`{}`: "object", ` [1]`: "array", `"a"`: "string", `true`: "boolean", `false`: "boolean", `null`: "null",
		`-1.5e3`: "number", `0`: "number", long: "number", `{"a":"` + long + `"}`: "object", `["` + long: "array",
		`"` + long + `"`: "string",
		// Other Redis clients wrote these; they are read as strings.
		``: "string", ` `: "string", `007`: "string", `{broken`: "string", `nullable`: "string", `true story`: "string",
		"1 " + long: "string", "n" + long: "string", "+" + long: "string",
	} {
		if got := kv.TypeOf([]byte(text)[:min(len(text), kv.BeginningBytes)], int64(len(text))); got != want {
			t.Errorf("TypeOf(%.80q) = %s, want %s", text, got, want)
		}
	}
}
