// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// The environment of a child: this test binary, run as a separate process.
const (
	childMode = "TEMPSKV_TEST_CHILD" // a key of children
	childDir  = "TEMPSKV_TEST_DIR"   // where its store is
)

// children are what a child may do.
var children = map[string]func(dir string) error{
	"acknowledge": acknowledge,
	"fill":        fill,
	"restore":     restore,
}

func TestMain(m *testing.M) {
	run, ok := children[os.Getenv(childMode)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := run(os.Getenv(childDir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child returns the command that runs a child. What it writes to standard error goes to the test's.
func child(t *testing.T, mode, dir string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), childMode+"="+mode, childDir+"="+dir)
	cmd.Stderr = os.Stderr
	return cmd
}
