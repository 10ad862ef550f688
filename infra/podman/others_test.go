// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"testing"

	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// TestOtherPodmans tests the life of a container in newer podmans, and without root.
func TestOtherPodmans(t *testing.T) {
	for _, kind := range podmantest.Others(t) {
		t.Run(kind+"/network", func(t *testing.T) {
			testNetwork(t, func(tb testing.TB) *podmantest.Service { return podmantest.StartOther(tb, kind) })
		})
		for _, part := range []struct {
			name string
			test func(*world, *testing.T)
		}{
			{"life", (*world).testLife},
			{"lock-down", (*world).testLockDown},
			{"lock-down with port", (*world).testLockDownWithPort},
			{"reach", (*world).testReachMoves},
			{"upgrade", func(w *world, t *testing.T) { w.testUpgrade(t, 10_000) }},
			{"rollback", func(w *world, t *testing.T) { w.testRollback(t, 10_000) }},
			{"lost", func(w *world, t *testing.T) { w.testLost(t, "killed", "removed", "process killed") }},
			{"odd", func(w *world, t *testing.T) { w.testOdd(t, "conmon and server killed", "server hangs without conmon") }},
		} {
			t.Run(kind+"/"+part.name, func(t *testing.T) {
				w := newWorldIn(t, podmantest.StartOther(t, kind))
				host, err := podman.QueryHost(w.ctx(), w.URI)
				if err != nil || host.Rootless != (kind == podmantest.Rootless) || host.TooOld() {
					t.Fatalf("Look = %+v, %v", host, err)
				}
				t.Logf("podman %s", host.Version)
				part.test(w, t)
			})
		}
	}
}
