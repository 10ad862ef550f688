// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package faults_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// sentinelFailsOver kills the master behind Sentinels twice. It is over when they have named the replica.
func sentinelFailsOver(t *testing.T) result {
	sentinel := redistest.StartSentinel(t, e2e.FsyncAlways...)
	sentinel.FailOverSoon()
	g := newGateway(t, e2e.External(sentinel.URL))
	return faultCase{rounds: 2, mayLose: unreplicated, pause: e2e.Poll, inject: func(_ int, f *workload.Workload) (hit, over time.Time) {
		master := sentinel.Current()
		master.Kill()
		hit = time.Now()
		sentinel.Current()
		over = time.Now()
		f.Await(t, workload.Writes)
		master.Restart()
		sentinel.AwaitReplica()
		return hit, over
	}}.on(t, g)
}

// clusterFailsOver kills a master of a Cluster, and then the replica that took over, and the other way round.
func clusterFailsOver(t *testing.T) result {
	cluster := redistest.StartCluster(t, true, e2e.FsyncAlways...)
	g := newGateway(t, e2e.External(cluster.URL))
	master, replica := cluster.Masters[1], cluster.Replicas[1]
	return faultCase{rounds: 2, mayLose: unreplicated, pause: e2e.Poll, inject: func(_ int, f *workload.Workload) (hit, over time.Time) {
		master.Kill()
		hit = time.Now()
		e2e.Eventually(t, "the replica to take over", func() string { return lacks(t, replica, "role:master") })
		over = time.Now()
		f.Await(t, workload.Writes)
		master.Restart()
		e2e.Eventually(t, "the old master to follow the new", func() string { return lacks(t, master, "master_link_status:up") })
		cluster.AwaitOK()
		master, replica = replica, master
		return hit, over
	}}.on(t, g)
}

// clusterMasterKilled kills masters of a Cluster that have no replica: they come back with all they had.
func clusterMasterKilled(t *testing.T) result {
	cluster := redistest.StartCluster(t, false, append([]string{redistest.NodeTimeout, "1500"}, e2e.FsyncAlways...)...)
	g := newGateway(t, e2e.External(cluster.URL))
	return faultCase{rounds: len(cluster.Masters), inject: func(round int, _ *workload.Workload) (hit, over time.Time) {
		master := cluster.Masters[round]
		master.Kill()
		hit = time.Now()
		master.Restart()
		cluster.AwaitOK()
		return hit, time.Now()
	}}.on(t, g)
}

// slotsMove moves the slots of the workload's counters, and what else is in them, from one master to another.
func slotsMove(t *testing.T) result {
	cluster := redistest.StartCluster(t, false, e2e.FsyncAlways...)
	g := newGateway(t, e2e.External(cluster.URL))
	return faultCase{inject: func(int, *workload.Workload) (hit, over time.Time) {
		hit = time.Now()
		for i := range workload.Clients / 2 {
			for project := range g.tokens {
				cluster.MoveKey(fmt.Sprintf("kv:p%d:w%d", project+1, i))
			}
		}
		return hit, time.Now()
	}}.on(t, g)
}

// lacks returns what a server says of its replication, unless the text is in it.
func lacks(t *testing.T, redis *redistest.Server, text string) string {
	info, err := redis.Client().Info(t.Context(), "replication").Result()
	if strings.Contains(info, text) {
		return ""
	}
	return fmt.Sprint(info, err)
}
