// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"testing"
)

// LeaveOut skips a test, or fails it if everything must run.
func LeaveOut(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("TEMPSKV_REQUIRE_ALL") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
