// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"syscall"
	"testing"
)

// mountDisk returns a directory that is a disk of its own. Only root may make one.
func mountDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		leaveOut(t, "a full and a read-only disk need the right to mount, as root has: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}
