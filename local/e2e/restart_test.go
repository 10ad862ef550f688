// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
)

// durable makes a Redis write each command to disk before it answers.
var durable = []string{"--appendonly", "yes", "--appendfsync", "always"}

// enough is how many writes are acknowledged between two faults.
const enough = 500

// TestOneRedisRestarts kills the Redis several times while many clients write.
func TestOneRedisRestarts(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, durable...)
	s, token := overRedis(t, redis.URL)
	f := newFleet()
	stop := f.start(t, s.as(token))
	for round := range 6 {
		f.await(t, enough)
		if round%2 == 1 { // be away long enough for requests to be refused
			redis.Kill()
			unavailable(t, s.as(token))
		}
		redis.Restart()
	}
	f.await(t, enough)
	stop()
	if a := f.balanced(t, s.as(token)); a.refused == 0 {
		t.Errorf("the Redis was not felt to be away: %v", a)
	}
}

// TestClusterMasterRestarts kills masters of a Cluster that nobody takes over from: they come back with all they had.
func TestClusterMasterRestarts(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, false, durable...)
	s, token := overRedis(t, cluster.URL)
	f := newFleet()
	stop := f.start(t, s.as(token))
	for _, master := range cluster.Masters {
		f.await(t, enough)
		master.Restart()
		cluster.AwaitOK()
	}
	f.await(t, enough)
	stop()
	f.balanced(t, s.as(token))
}

// TestSentinelFailsOver kills the master behind Sentinels twice. The replica may not have what was acknowledged last.
func TestSentinelFailsOver(t *testing.T) {
	t.Parallel()
	sentinel := redistest.StartSentinel(t, durable...)
	s, token := overRedis(t, sentinel.URL)
	f := newFleet()
	f.pause = poll // it takes its time
	stop := f.start(t, s.as(token))
	for range 2 {
		f.await(t, enough)
		master := sentinel.Current()
		master.Kill()
		sentinel.Current()
		f.await(t, enough)
		master.Restart()
		awaitReplica(t, master)
	}
	stop()
	f.nothingTooMuch(t, s.as(token))
}

// TestClusterFailsOver kills a master of a Cluster whose replica takes over, and then that one.
func TestClusterFailsOver(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, true, durable...)
	s, token := overRedis(t, cluster.URL)
	f := newFleet()
	f.pause = poll // it takes its time
	stop := f.start(t, s.as(token))
	master, replica := cluster.Masters[1], cluster.Replicas[1]
	for range 2 {
		f.await(t, enough)
		master.Kill()
		eventually(t, "the replica to take over", func() string { return lacks(t, replica, "role:master") })
		f.await(t, enough)
		master.Restart()
		awaitReplica(t, master)
		cluster.AwaitOK()
		master, replica = replica, master
	}
	stop()
	f.nothingTooMuch(t, s.as(token))
}

// nothingTooMuch fails the test if a write is there that was refused, or more than once. What was lost is told only:
// replication is asynchronous.
func (f *fleet) nothingTooMuch(t *testing.T, c caller) {
	t.Helper()
	if a := f.account(t, c); a.twice > 0 || a.reborn > 0 {
		t.Error("what was not acknowledged is there")
	}
}

// awaitReplica waits until a server that has come back follows the one that took over from it.
func awaitReplica(t *testing.T, redis *redistest.Server) {
	t.Helper()
	eventually(t, "the old master to follow the new", func() string { return lacks(t, redis, "master_link_status:up") })
}

// lacks returns what a server says of its replication, unless the text is in it.
func lacks(t *testing.T, redis *redistest.Server, text string) string {
	info, err := redis.Client().Info(t.Context(), "replication").Result()
	if strings.Contains(info, text) {
		return ""
	}
	return fmt.Sprint(info, err)
}
