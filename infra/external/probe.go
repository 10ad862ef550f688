// SPDX-License-Identifier: Apache-2.0

package external

import (
	"context"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// examineEvery is how long an Examination is good: permissions change seldom.
const examineEvery = 30 * time.Second

// examined is the last Examination, and of what.
type examined struct {
	store *redis.Store
	at    time.Time
	found redis.Examination
}

// Probe asks the Redis how it is, now, and adds what its settings put at risk. Errors: ErrUnavailable, ErrTimeout, and what
// it refuses writes for.
func (e *Engine) Probe(ctx context.Context) (engine.Server, error) {
	store := e.store.Load()
	if store == nil {
		return engine.Server{}, fmt.Errorf("no redis: %w", kv.ErrUnavailable)
	}
	server, err := store.Probe(ctx)
	if server.Version == "" {
		return server, err
	}
	server.Warnings = append(server.Warnings, redis.Risks(server)...)
	server.Warnings = append(server.Warnings, e.examine(ctx, store)...)
	return server, err
}

// examine returns what the last Examination warns of, after a new one if that is old.
func (e *Engine) examine(ctx context.Context, store *redis.Store) []engine.Warning {
	last := e.last.Load()
	if last != nil && last.store == store && time.Since(last.at) < examineEvery {
		return last.found.Warnings
	}
	found, err := store.Examine(ctx)
	if err != nil {
		return nil // the next Probe says why
	}
	e.last.Store(&examined{store, time.Now(), found})
	return found.Warnings
}
