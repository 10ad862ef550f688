// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"strings"
	"testing"
)

// TestOneServerForOneDirectory starts a second one.
func TestOneServerForOneDirectory(t *testing.T) {
	t.Parallel()
	first := serve(t, t.TempDir())
	second := runCommand(command(t, nil, "serve", "--data", first.dir, "--addr", "127.0.0.1:0"))
	if second.code != 6 || !strings.Contains(second.stderr, "is in use by another server") || second.stdout != "" {
		t.Errorf("a second server: %+v", second)
	}
	first.lives()
	first.kill()
	again := first.again()
	again.terminate()
	first.again().terminate()
}
