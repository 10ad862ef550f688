// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/redis"
)

// examineEvery is the time between two examinations of the Redis itself, whose settings change seldom.
const examineEvery = 30 * time.Second

// Risks returns what puts the control data at risk in their Redis, at most half a minute old: that they are lost when it
// ends or restarts, or evicted to make room.
func (s *Store) Risks(context.Context) []engine.Warning {
	if known := s.risks.Load(); known != nil {
		return *known
	}
	return nil
}

// examine examines the Redis. If that fails, the last result stays: other warnings say that it cannot be reached.
func (s *Store) examine(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	server, err := s.redis.Probe(ctx)
	if server.Version == "" {
		return
	}
	warnings := append(server.Warnings, redis.Risks(server)...)
	found, failed := s.redis.Examine(ctx)
	if err == nil && failed != nil {
		return
	}
	all := append(warnings, found.Warnings...)
	for i := range all {
		all[i].Detail = "the Redis of the control data: " + all[i].Detail
	}
	s.risks.Store(&all)
}
