// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// On a terminal the first API key and the link are printed, and are in no file.
func TestSecretsOnATerminal(t *testing.T) {
	t.Parallel()
	outside, inside := openTerminal(t)
	dir := t.TempDir()
	cmd := exec.Command("tempskv", "serve", "--addr", "127.0.0.1:0", "--data", dir)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	cmd.Stdout = inside
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	printed := ""
	for lines := bufio.NewScanner(outside); !strings.Contains(printed, "\nNext: ") && lines.Scan(); {
		printed += lines.Text() + "\n"
	}
	if !strings.Contains(printed, firstKeyLabel+"tk_") || !strings.Contains(printed, "/setup#su_") {
		t.Errorf("printed %q", printed)
	}
	if _, err := os.Stat(filepath.Join(dir, "sign-in.txt")); !os.IsNotExist(err) {
		t.Errorf("there is a file: %v", err)
	}
}
