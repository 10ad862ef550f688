// SPDX-License-Identifier: Apache-2.0

package redis

import (
	goredis "github.com/redis/go-redis/v9"

	"github.com/tempskv/tempskv/handlers/kv"
)

var _ kv.Measured = (*Store)(nil)

// Stats tells how busy the queues and the connections are, of all servers together. Once the store is closed it tells
// what was last.
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

// depth returns how many calls have not left yet, and how many have no answer.
func (q *queue) depth() (waiting, pending int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting), q.pending
}
