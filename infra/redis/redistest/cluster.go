// SPDX-License-Identifier: Apache-2.0

package redistest

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"
)

// slotCount is the number of hash slots of a Redis Cluster.
const slotCount = 16384

// Cluster is a Redis Cluster of three masters, each with a third of the slots.
type Cluster struct {
	Masters  []*Server
	Replicas []*Server // the n-th replicates the n-th master; empty if it was started without
	Addrs    []string  // of the masters
	URL      string    // as redis.Open takes it

	tb testing.TB
}

// NodeTimeout is the argument of redis-server before the time after which the nodes of a Cluster take another for dead, in
// milliseconds.
const NodeTimeout = "--cluster-node-timeout"

// StartCluster starts three masters, each with a replica if replicas is set; args are those of every node. Replicas take over
// within about 2 s. Without them, nodes of a busy machine have more time before the others take them for dead.
func StartCluster(tb testing.TB, replicas bool, args ...string) *Cluster {
	tb.Helper()
	timeout := "10000"
	if replicas {
		timeout = "1500"
	}
	args = append(append([]string{"--cluster-enabled", "yes", NodeTimeout, timeout}, replication...), args...)
	c := &Cluster{tb: tb}
	for range 3 {
		one := Start(tb, args...)
		c.Masters, c.Addrs = append(c.Masters, one), append(c.Addrs, one.Addr)
		if replicas {
			c.Replicas = append(c.Replicas, Start(tb, args...))
		}
	}
	c.URL = "redis://" + strings.Join(c.Addrs, ",") + "/?cluster=true"
	c.join()
	return c
}

// join makes one Cluster of the nodes and waits until each of them says that it works.
func (c *Cluster) join() {
	c.tb.Helper()
	nodes := append(c.Masters[:3:3], c.Replicas...)
	for i, one := range nodes {
		// Distinct epochs from the start spare the nodes the time to agree on them.
		c.do(one, "CLUSTER", "SET-CONFIG-EPOCH", i+1)
		if i > 0 {
			c.do(one, "CLUSTER", "MEET", "127.0.0.1", nodes[0].Port())
		}
	}
	for i, one := range c.Masters {
		c.do(one, "CLUSTER", "ADDSLOTSRANGE", i*slotCount/3, (i+1)*slotCount/3-1)
	}
	for i, one := range c.Replicas {
		id := c.ID(c.Masters[i])
		eventually(c.tb, "the replica to know its master", func() bool {
			return one.Client().Do(c.tb.Context(), "CLUSTER", "REPLICATE", id).Err() == nil
		})
	}
	c.AwaitOK()
}

// AwaitOK waits until every running node knows every other, the Cluster works, and replicas are in step.
func (c *Cluster) AwaitOK() {
	c.tb.Helper()
	nodes := append(c.Masters[:3:3], c.Replicas...)
	for _, one := range nodes {
		if one.process == nil {
			continue
		}
		client := one.Client()
		eventually(c.tb, "the Cluster to work", func() bool {
			state, _ := client.ClusterInfo(c.tb.Context()).Result()
			known, _ := client.ClusterNodes(c.tb.Context()).Result()
			return strings.Contains(state, "cluster_state:ok") && strings.Count(known, " connected") == len(nodes)
		})
	}
	for i, one := range c.Replicas {
		if strings.Contains(info(one, "replication"), "role:slave") {
			awaitStep(c.Masters[i], one)
		} else if c.Masters[i].process != nil { // they have changed roles
			awaitStep(one, c.Masters[i])
		}
	}
}

// ID returns the id under which the Cluster knows the node.
func (c *Cluster) ID(s *Server) string {
	c.tb.Helper()
	id, _ := c.do(s, "CLUSTER", "MYID").(string)
	return id
}

// MoveSlot moves a slot and its keys from one master to another, as redis-cli --cluster reshard does. Before that it
// waits until all masters know of the last move: a master that does not yet know the epoch of the one it takes a slot
// from takes no later epoch, and a late message from that one then takes the slot back, without the keys.
func (c *Cluster) MoveSlot(slot int, from, to *Server) {
	c.tb.Helper()
	eventually(c.tb, "the masters to agree on the slots", func() bool {
		view := c.view(c.Masters[0])
		return view == c.view(c.Masters[1]) && view == c.view(c.Masters[2])
	})
	fromID, toID := c.ID(from), c.ID(to)
	c.do(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", fromID)
	c.do(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", toID)
	for {
		keys, _ := c.do(from, "CLUSTER", "GETKEYSINSLOT", slot, 100).([]any)
		if len(keys) == 0 {
			break
		}
		c.do(from, append([]any{"MIGRATE", "127.0.0.1", to.Port(), "", 0, 5000, "KEYS"}, keys...)...)
	}
	for _, one := range append([]*Server{to, from}, c.Masters...) {
		c.do(one, "CLUSTER", "SETSLOT", slot, "NODE", toID)
	}
}

// view returns id, epoch and slots of each master that still has some, as a node knows them.
func (c *Cluster) view(one *Server) string {
	c.tb.Helper()
	text, _ := c.do(one, "CLUSTER", "NODES").(string)
	var masters []string
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 8 {
			masters = append(masters, strings.Join(append([]string{f[0], f[6]}, f[8:]...), " "))
		}
	}
	slices.Sort(masters)
	return strings.Join(masters, "\n")
}

// MoveKey moves the slot of a key, and all keys in it, to the next master.
func (c *Cluster) MoveKey(key string) {
	c.tb.Helper()
	slot := c.Slot(key)
	from := c.Owner(slot)
	to := c.Masters[(slices.Index(c.Masters, from)+1)%len(c.Masters)]
	c.MoveSlot(slot, from, to)
}

// Owner returns the master that holds the slot now.
func (c *Cluster) Owner(slot int) *Server {
	c.tb.Helper()
	shards, err := c.Masters[0].Client().ClusterShards(c.tb.Context()).Result()
	if err != nil {
		c.tb.Fatalf("redistest: CLUSTER SHARDS: %v", err)
	}
	for _, shard := range shards {
		for _, r := range shard.Slots {
			if r.Start <= int64(slot) && int64(slot) <= r.End {
				return c.master(shard)
			}
		}
	}
	c.tb.Fatalf("redistest: no server holds slot %d", slot)
	return nil
}

// master returns the master of a shard.
func (c *Cluster) master(shard goredis.ClusterShard) *Server {
	c.tb.Helper()
	for _, node := range shard.Nodes {
		for _, one := range append(c.Masters[:3:3], c.Replicas...) {
			if node.Role == "master" && strconv.FormatInt(node.Port, 10) == one.Port() {
				return one
			}
		}
	}
	c.tb.Fatal("redistest: a shard without a master")
	return nil
}

// Slot returns the slot of a key.
func (c *Cluster) Slot(key string) int {
	c.tb.Helper()
	n, _ := c.do(c.Masters[0], "CLUSTER", "KEYSLOT", key).(int64)
	return int(n)
}

// do sends one command to one node, and ends the test if it is refused.
func (c *Cluster) do(s *Server, args ...any) any {
	c.tb.Helper()
	client := goredis.NewClient(s.options())
	defer client.Close()
	answer, err := client.Do(c.tb.Context(), args...).Result()
	if err != nil {
		c.tb.Fatalf("redistest: %v: %v", args[:2], err)
	}
	return answer
}
