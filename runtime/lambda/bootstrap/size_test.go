// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package main_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// maxSize bounds the program, in bytes: a function starts in milliseconds because it is small.
const maxSize = 15_000_000

// TestMake builds the functions of the template as sam build does.
func TestMake(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"build-DataFunction", "build-ManagementFunction"} {
		dir := t.TempDir()
		build := exec.Command("make", "--no-print-directory", "-C", "../../..", target, "ARTIFACTS_DIR="+dir)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", build, err, out)
		}
		program := filepath.Join(dir, "bootstrap")
		info, err := os.Stat(program)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", target, info.Size())
		if info.Size() >= maxSize || info.Mode().Perm()&0o111 == 0 {
			t.Errorf("%s: %d bytes with mode %v, want less than %d that can be run", target, info.Size(), info.Mode(), maxSize)
		}
		file, err := elf.Open(program)
		if err != nil {
			t.Fatal(err)
		}
		if libraries, err := file.ImportedLibraries(); file.Machine != elf.EM_AARCH64 || len(libraries) > 0 || err != nil {
			t.Errorf("%s: built for %v with the libraries %v, %v", target, file.Machine, libraries, err)
		}
		_ = file.Close()
	}
}
