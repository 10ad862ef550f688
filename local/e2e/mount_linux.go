// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"syscall"
	"testing"
)

// MountDisk returns a directory on its own disk. Only root may make one.
func MountDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		LeaveOut(t, "a full and a read-only disk need the right to mount, as root has: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}
