// SPDX-License-Identifier: Apache-2.0

package redis

import (
	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Stats returns how busy the queues and the connections to all servers are. After Close it returns the last state.
func (s *Store) Stats() kv.Stats {
	stats := kv.Stats{Batches: s.queues.batches.Counts()}
	s.queues.all.Range(func(_, q any) bool {
		waiting, pending := q.(*queue).depth()
		stats.Waiting, stats.Sent = stats.Waiting+waiting, stats.Sent+pending-waiting
		return true
	})
	calls := s.nodes.PoolStats()
	stats.Pools = []kv.Pool{pool("calls", calls)}
	if calls.PipelineStats != nil {
		stats.Pools = append(stats.Pools, pool("pipelines", (*goredis.PoolStats)(calls.PipelineStats)))
	}
	return stats
}

func pool(name string, s *goredis.PoolStats) kv.Pool {
	return kv.Pool{
		Name: name, Open: int(s.TotalConns), Idle: int(s.IdleConns),
		Waits: uint64(s.WaitCount), Timeouts: uint64(s.Timeouts),
	}
}

// depth returns how many commands are queued, and how many have no reply.
func (q *queue) depth() (waiting, pending int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting), q.pending
}
