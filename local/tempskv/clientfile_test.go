// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOverwrite replaces a text by shorter and longer ones in the same file, and makes none where there is none.
func TestOverwrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := overwrite(path, []byte("a")); !os.IsNotExist(err) {
		t.Errorf("without a file: %v", err)
	}
	if err := os.WriteFile(path, []byte("what was before"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"short", strings.Repeat("long ", 20), ""} {
		if err := overwrite(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); string(got) != text || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, text)
		}
	}
}
