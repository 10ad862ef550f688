// SPDX-License-Identifier: Apache-2.0

package name_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/name"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"a": true, "Z9": true, "0.kv": true, "20261128T125000Z-a.b": true, "a..b": true, strings.Repeat("a", 200): true,
		"": false, ".": false, "..": false, ".hidden": false, "-rf": false, "../a": false, "a/b": false, "/a": false,
		`a\b`: false, "a\x00": false, "a b": false, "a\n": false, "ä": false, "a:b": false, "a%2fb": false,
		"a_b": false, strings.Repeat("a", 201): false,
	} {
		err := name.Check(s)
		if name.Valid(s) != want || (err == nil) != want || (err != nil && !errors.Is(err, kv.ErrInvalid)) {
			t.Errorf("%q: valid %v, %v", s, name.Valid(s), err)
		}
	}
}
