// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package operator_test

import (
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestOneServerForOneDirectory starts a second one.
func TestOneServerForOneDirectory(t *testing.T) {
	t.Parallel()
	first := e2e.Serve(t, t.TempDir())
	second := e2e.RunCommand(e2e.Command(t, nil, "serve", "--data", first.Dir, "--addr", "127.0.0.1:0"))
	if second.Code != 6 || !strings.Contains(second.Stderr, "is in use by another server") || second.Stdout != "" {
		t.Errorf("a second server: %+v", second)
	}
	first.ExpectRunning()
	first.Kill()
	again := first.Restart()
	again.Terminate()
	first.Restart().Terminate()
}
