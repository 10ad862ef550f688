// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// openPTY returns the two ends of a terminal: what a program writes to the second is read from the first.
func openPTY(t *testing.T) (outside, inside *os.File) {
	t.Helper()
	outside, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { outside.Close() })
	var n, locked int32
	err = errors.Join(ioctl(outside, syscall.TIOCGPTN, &n), ioctl(outside, syscall.TIOCSPTLCK, &locked))
	if err == nil {
		inside, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inside.Close() })
	return outside, inside
}

func ioctl(f *os.File, request uintptr, arg *int32) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(unsafe.Pointer(arg))); errno != 0 {
		return errno
	}
	return nil
}

// On a terminal the first API key and the link are printed, and are in no file.
func TestSecretsOnATerminal(t *testing.T) {
	t.Parallel()
	outside, inside := openPTY(t)
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
