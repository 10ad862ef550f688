// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// generateCSharp makes the client, and only checks its syntax: Debian has no .NET, and mono lacks libraries that the client uses.
func generateCSharp(w *generatorWorkshop) {
	w.T.Helper()
	require(w.T, "mcs", "Debian: apt install mono-mcs")
	w.generate("csharp", "csharp", "--additional-properties=library=httpclient,targetFramework=net48")
	files := filesBelow(w.T, filepath.Join(w.Dir, "csharp", "src"), "*.cs")
	if len(files) < 60 {
		w.T.Errorf("got %d files: %v", len(files), files)
	}
	w.Run(".", nil, "mcs", append([]string{"-langversion:7.2", "--parse"}, files...)...)
}

// filesBelow returns the paths of the files below dir whose names match.
func filesBelow(t *testing.T, dir, pattern string) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if matched, _ := filepath.Match(pattern, d.Name()); matched {
			files = append(files, filepath.Join(dir, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
