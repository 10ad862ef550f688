// SPDX-License-Identifier: Apache-2.0

// Package redistest starts real Redis servers for tests: one, a master with a replica and three Sentinels, or a
// Cluster. They listen on their own loopback ports and on a Unix socket, keep their files in a temporary
// directory, and end with the test. Only tests import it.
package redistest

import (
	"os"
	"os/exec"
	"testing"
)

// RequireAll is the environment variable that, set to anything, turns "redis-server is not there" from a
// skipped test into a failed one, so that a full run cannot leave tests out unnoticed.
const RequireAll = "TEMPSKV_REQUIRE_ALL"

// Require returns the path of redis-server, or skips the test if there is none in PATH.
func Require(tb testing.TB) string {
	tb.Helper()
	path, err := exec.LookPath("redis-server")
	if err == nil {
		return path
	}
	if os.Getenv(RequireAll) != "" {
		tb.Fatalf("redis-server is not in PATH, and %s is set", RequireAll)
	}
	tb.Skip("skipped: this test needs redis-server, which is not in PATH (Debian: apt install redis-server)")
	return ""
}
