// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/runtime/config"
)

// newLimiter returns what holds data operations to the limits of the settings, and to those of projects.
func newLimiter(cfg config.Config, c control, service *lifecycle.Service, log *slog.Logger) *limits.Limiter {
	return limits.New(limits.Config{
		Token: limits.Rate(cfg.RateLimitToken), Project: limits.Rate(cfg.RateLimitProject),
		Keys: cfg.MaxKeys, Bytes: cfg.MaxBytes, InFlight: cfg.MaxInFlight,
		Limits: c.ProjectLimits, Count: countIn(service), Counter: c.Counter(), Log: log,
	})
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
		if size := lease.Capabilities().ValueBytes; size != nil && bytes {
			u.Bytes, err = size(ctx, id, found.Keys)
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
