// SPDX-License-Identifier: Apache-2.0

//go:build e2e && !linux

package e2e_test

import "testing"

// mountDisk leaves the test out.
func mountDisk(t *testing.T, _ string) string {
	t.Helper()
	leaveOut(t, "a disk that can be filled needs Linux")
	return ""
}
