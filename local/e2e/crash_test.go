// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"strings"
	"testing"
)

// TestCrashesUnderLoad kills the server several times while many clients write.
func TestCrashesUnderLoad(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, settings object) {
		s := serve(t, t.TempDir())
		s.enable(settings)
		_, token := s.project("load")
		f := newFleet()
		for range 4 {
			stop := f.start(t, s.as(token))
			f.await(t, 3000)
			s.kill()
			stop()
			s = s.again() // the lock of the server that was killed is no obstacle
			s.awaitHealthy()
			f.balanced(t, s.as(token))
		}
	})
}

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
