// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package redis_test

import (
	"context"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// TestSentinelKilled kills the master under load, twice, and waits for the replica to take over. Replication is
// asynchronous, so acknowledged calls may be lost, but never may more be stored than was acknowledged or unknown.
func TestSentinelKilled(t *testing.T) {
	t.Parallel()
	for _, c := range coalescing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := redistest.StartSentinel(t, "--appendonly", "yes", "--appendfsync", "always")
			s.FailOverSoon()
			c.URL = s.URL
			clients := startCrowd(t, open(t, c.Config), 20*time.Second, 2*time.Millisecond)
			for range 2 {
				clients.progress(500)
				old := s.Current()
				old.Kill()
				clients.progress(500)
				old.Restart()
				s.AwaitReplica()
			}
			clients.checkLoss()
		})
	}
}

// TestClusterKilled does the same to the masters of a Cluster, one after the other.
func TestClusterKilled(t *testing.T) {
	t.Parallel()
	for _, c := range coalescing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cluster := redistest.StartCluster(t, true, "--appendonly", "yes", "--appendfsync", "always")
			c.URL = cluster.URL
			clients := startCrowd(t, open(t, c.Config), 20*time.Second, 2*time.Millisecond)
			for _, master := range cluster.Masters[:2] {
				clients.progress(500)
				master.Kill()
				clients.progress(3000)
				master.Restart()
				cluster.AwaitOK()
			}
			clients.checkLoss()
		})
	}
}

// TestSentinelFrozen freezes the master until the replica has taken over, and then lets it continue, as after a network
// partition: the store no longer uses it.
func TestSentinelFrozen(t *testing.T) {
	t.Parallel()
	for _, c := range coalescing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := redistest.StartSentinel(t)
			s.FailOverSoon()
			c.URL, c.Timeout = s.URL, time.Second
			clients := startCrowd(t, open(t, c.Config), 20*time.Second, 2*time.Millisecond)
			clients.progress(500)
			s.Master.Stop()
			clients.progress(3000)
			s.Master.Cont()
			clients.progress(3000)
			clients.checkLoss()
		})
	}
}

// TestClusterFrozen does the same to a master of a Cluster. Its clients find the new master by themselves.
func TestClusterFrozen(t *testing.T) {
	t.Parallel()
	for _, c := range coalescing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cluster := redistest.StartCluster(t, true)
			c.URL, c.Timeout = cluster.URL, time.Second
			s := open(t, c.Config)
			clients := startCrowd(t, s, 20*time.Second, 2*time.Millisecond)
			clients.progress(500)
			frozen := cluster.Owner(cluster.Slot("kv:p2:k"))
			frozen.Stop()
			start := time.Now()
			eventually(t, "another server to take over", func() bool {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := s.Incr(ctx, 2, "k", 1, 0)
				return err == nil
			})
			t.Logf("another server took over within %v", time.Since(start))
			frozen.Cont()
			clients.progress(3000)
			clients.checkLoss()
		})
	}
}

// checkLoss stops the clients, checks that nothing was applied twice, and logs what was lost.
func (c *crowd) checkLoss() {
	c.t.Helper()
	sum, acked, unknown := c.stop(), c.acked.Load(), c.unknown.Load()
	if sum > acked+unknown {
		c.t.Errorf("count %d, want at most %d acknowledged and %d unknown", sum, acked, unknown)
	}
	c.t.Logf("%d of %d acknowledged calls lost", max(0, acked-sum), acked)
}
