// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"
)

// openTerminal returns the two ends of a terminal: see pty(7).
func openTerminal(t *testing.T) (window, terminal *os.File) {
	t.Helper()
	window, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("skipped: this test needs /dev/ptmx:", err)
	}
	t.Cleanup(func() { window.Close() })
	var n, unlocked int32
	for request, arg := range map[uintptr]*int32{syscall.TIOCSPTLCK: &unlocked, syscall.TIOCGPTN: &n} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, window.Fd(), request, uintptr(unsafe.Pointer(arg))); errno != 0 {
			t.Fatal(errno)
		}
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return window, terminal
}

// TestTerminalIsClosed closes the terminal of a server: it ends well, as it does when it is interrupted there.
func TestTerminalIsClosed(t *testing.T) {
	t.Parallel()
	window, terminal := openTerminal(t)
	dir := t.TempDir()
	cmd := exec.Command("tempskv", "serve", "--dev", "--addr", "127.0.0.1:0", "--data", filepath.Join(dir, "data"))
	cmd.Env = append(os.Environ(), "HOME="+dir)
	cmd.Stdin = terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err := cmd.Start()
	terminal.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	poll(t, func() error {
		_, err := readClientFile(filepath.Join(dir, "data"))
		return err
	})
	window.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the server ends in %v", err)
	}
}
