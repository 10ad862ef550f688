// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package documents_test

import (
	"os/exec"
	"slices"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/checkout"
	"github.com/tempskv/tempskv/local/e2e/documents"
)

// TestPrograms follows each page that has programs, or needs packages, in a copy of the repository.
func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, need := range []string{"npm", "node"} {
		if _, err := exec.LookPath(need); err != nil {
			e2e.LeaveOut(t, "needs %s, which is not in PATH (Debian: apt install nodejs npm)", need)
		}
	}
	for name, blocks := range pages(t) {
		if !slices.ContainsFunc(blocks, func(b documents.Block) bool {
			return b.NotRun == "" && b.Slow() && (b.File == "" || b.Language == "go")
		}) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			checkout.Copy(t, dir)
			follow(t, dir, name, choose(blocks, func(documents.Block) bool { return true }))
		})
	}
}
