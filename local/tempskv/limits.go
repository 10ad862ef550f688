// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/runtime/config"
)

// valueSizer is a store whose keys have to be counted one by one.
type valueSizer interface {
	// ValueBytes returns the total size of the values of keys in bytes; a missing key counts 0. Errors: as kv.Store.
	ValueBytes(ctx context.Context, p kv.ProjectID, keys []kv.Key) (int64, error)
}

var (
	_ limits.Metered = (*embedded.Store)(nil)
	_ valueSizer     = (*redis.Store)(nil)
)

// newLimiter returns what holds data operations to the limits of the settings, and to those of projects.
func newLimiter(cfg config.Config, c control, service *lifecycle.Service, log *slog.Logger) *limits.Limiter {
	l := limits.Config{
		Token: limits.Rate(cfg.RateLimitToken), Project: limits.Rate(cfg.RateLimitProject),
		Keys: cfg.MaxKeys, Bytes: cfg.MaxBytes, InFlight: cfg.MaxInFlight,
		Limits: c.ProjectLimits, Count: countIn(service), Log: log,
	}
	if counter, ok := c.(limits.Counter); ok {
		l.Counter = counter
	}
	return limits.New(l)
}

// countPage is how many keys are asked for at a time. In between, others come to their turn, and the store may go.
const countPage = 1000

// countIn counts what a project holds in the store of the service: its keys, and their bytes.
func countIn(service *lifecycle.Service) func(context.Context, kv.ProjectID, bool) (kv.Usage, error) {
	page := func(ctx context.Context, id kv.ProjectID, at kv.Cursor, bytes bool) (u kv.Usage, next kv.Cursor, err error) {
		lease, err := service.Acquire()
		if err != nil {
			return u, "", err
		}
		defer lease.Release()
		found, err := lease.Scan(ctx, id, "", at, countPage)
		if err != nil {
			return u, "", err
		}
		u.Keys = int64(len(found.Keys))
		if store, ok := lease.Store.(valueSizer); ok && bytes {
			u.Bytes, err = store.ValueBytes(ctx, id, found.Keys)
		}
		for _, key := range found.Keys {
			u.Bytes += int64(kv.KeyOverhead + len(key))
		}
		return u, found.Cursor, err
	}
	return func(ctx context.Context, id kv.ProjectID, bytes bool) (all kv.Usage, err error) {
		for at := kv.Cursor(""); ; {
			u, next, err := page(ctx, id, at, bytes)
			if err != nil {
				return all, err
			}
			all.Keys, all.Bytes = all.Keys+u.Keys, all.Bytes+u.Bytes
			if at = next; at == "" {
				return all, nil
			}
		}
	}
}
