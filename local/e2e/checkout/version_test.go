// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package checkout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e/checkout"
)

// TestVersionIsTheTag builds the program as make build does: from a tag, from a tag with changes, and without a repository.
func TestVersionIsTheTag(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	checkout.Copy(t, dir)
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := podmantest.Outside(t.Context(), name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v: %s", cmd, err, out)
		}
		return string(out)
	}
	expect := func(want string) {
		t.Helper()
		run("make", "-s", "build")
		if got := run(filepath.Join(dir, "bin", "tempskv"), "version"); !strings.HasPrefix(got, "tempskv "+want+" (commit ") {
			t.Errorf("it says %q, want %s", got, want)
		}
	}
	run("git", "init", "--quiet")
	run("git", "add", "--all")
	run("git", "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message=All")
	run("git", "tag", "v1.2.3")
	expect("1.2.3")
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("# Another\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	expect("1.2.3+dirty")
	if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
		t.Fatal(err)
	}
	expect("development")
}
