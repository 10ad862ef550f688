// SPDX-License-Identifier: Apache-2.0

// Package checkout is the repository as it is checked out. Only tests import it.
package checkout

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// Files returns the paths of the files that git tracks, from e2e.Root. Other files in the checkout belong to the user:
// data directories, exports, notes. The test is skipped if there is no git or no repository.
func Files(t *testing.T) (names []string) {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z", "--cached")
	list.Dir = e2e.Root
	out, err := list.Output()
	if err != nil {
		e2e.LeaveOut(t, "needs git and the repository, to tell the sources from other files: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		if _, err := os.Lstat(filepath.Join(e2e.Root, name)); err == nil { // else it is deleted, and that is not committed yet
			names = append(names, name)
		}
	}
	return names
}

// Copy copies the files that git tracks to dir.
func Copy(t *testing.T, dir string) {
	t.Helper()
	for _, name := range Files(t) {
		content, err := os.ReadFile(filepath.Join(e2e.Root, name))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
