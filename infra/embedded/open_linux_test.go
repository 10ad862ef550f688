// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/embedded"
)

// TestFailedOpenLeavesNoFileOpen has the caller leave once the store is at its place, which is the last thing that Block hears of.
func TestFailedOpenLeavesNoFileOpen(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	s, err := embedded.Open(ctx, filepath.Join(dir, "data.db"), embedded.Config{Block: func(string) { leave() }})
	if err == nil {
		_ = s.Close()
		t.Fatal("the store opened")
	}
	const open = "/proc/self/fd"
	entries, err := os.ReadDir(open)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name, err := os.Readlink(filepath.Join(open, e.Name())); err == nil && strings.HasPrefix(name, dir) {
			t.Errorf("%s is still open", name)
		}
	}
}
