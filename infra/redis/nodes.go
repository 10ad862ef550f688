// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	goredis "github.com/redis/go-redis/v9"
)

// nodes is the server or the servers that hold the keys.
type nodes interface {
	// Process sends one command without the pipelines and, in a Cluster, follows MOVED and ASK.
	Process(ctx context.Context, cmd goredis.Cmder) error
	// holder returns the server that holds key, as far as is known.
	holder(ctx context.Context, key string) (*goredis.Client, error)
	// split returns the indexes of keys in groups that one command may name together.
	split(keys []string) [][]int
	// ForEachMaster calls f for every server that holds keys, concurrently, and returns one of their errors.
	ForEachMaster(ctx context.Context, f func(ctx context.Context, master *goredis.Client) error) error
	// failsOver reports whether another server may take over from one that does not reply.
	failsOver() bool
	// refresh reloads, in the background, which server holds what.
	refresh(ctx context.Context)
	// PoolStats returns the statistics of the connections to all of them.
	PoolStats() *goredis.PoolStats
	Close() error
}

// single is one server, or the master that Sentinels name.
type single struct {
	*goredis.Client
	sentinel bool
}

func newSingle(t *target, c Config) *single {
	s := &single{sentinel: t.sentinel != ""}
	if s.sentinel {
		s.Client = goredis.NewFailoverClient(t.failoverOptions(c))
	} else {
		s.Client = goredis.NewClient(t.options(c))
	}
	addStaleConnCheck(s.Client, c)
	s.AddHook(stageHook{})
	return s
}

func (s *single) holder(context.Context, string) (*goredis.Client, error) { return s.Client, nil }

func (s *single) split(keys []string) [][]int {
	if len(keys) == 0 {
		return nil
	}
	all := make([]int, len(keys))
	for i := range keys {
		all[i] = i
	}
	return [][]int{all}
}

func (s *single) ForEachMaster(ctx context.Context, f func(context.Context, *goredis.Client) error) error {
	return f(ctx, s.Client)
}

func (s *single) failsOver() bool { return s.sentinel }

// refresh does nothing: each new connection asks a Sentinel.
func (s *single) refresh(context.Context) {}

// cluster is a Redis Cluster.
type cluster struct{ *goredis.ClusterClient }

func newCluster(t *target, c Config) *cluster {
	options := t.clusterOptions(c)
	options.NewClient = func(o *goredis.Options) *goredis.Client {
		node := goredis.NewClient(o)
		addStaleConnCheck(node, c)
		node.AddHook(stageHook{})
		return node
	}
	return &cluster{goredis.NewClusterClient(options)}
}

func (c *cluster) holder(ctx context.Context, key string) (*goredis.Client, error) {
	return c.MasterForKey(ctx, key)
}

func (c *cluster) split(keys []string) [][]int {
	groups := [][]int{}
	of := map[uint16]int{} // slot to its group
	for i, key := range keys {
		slot := slot(key)
		g, ok := of[slot]
		if !ok {
			g = len(groups)
			of[slot] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

func (c *cluster) failsOver() bool { return true }

func (c *cluster) refresh(ctx context.Context) { c.ReloadState(ctx) }
