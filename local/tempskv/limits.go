// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/runtime/arrivals"
	"github.com/tempskv/tempskv/runtime/config"
)

// newLimiter returns what holds data operations to the limits of the settings, and to those of projects.
func newLimiter(cfg config.Config, c control, service *lifecycle.Service, log *slog.Logger) *limits.Limiter {
	l := limitsOf(cfg)
	l.Limits, l.Count, l.Counter, l.Log, l.Follow = c.ProjectLimits, countIn(service), c.Counter(), log, arrivals.Follow
	return limits.New(l)
}

// limitsOf returns the limits that the settings name.
func limitsOf(cfg config.Config) limits.Config {
	return limits.Config{
		Token: limits.Rate(cfg.RateLimitToken), Project: limits.Rate(cfg.RateLimitProject),
		Keys: cfg.MaxKeys, Bytes: cfg.MaxBytes, InFlight: cfg.MaxInFlight, Memory: cfg.RequestMemory,
	}
}

// countIn counts what a project holds in the store of the service, page by page: in between others are served, and the store
// may be closed.
func countIn(service *lifecycle.Service) func(context.Context, kv.ProjectID, bool) (kv.Usage, error) {
	page := func(ctx context.Context, id kv.ProjectID, at kv.Cursor, bytes bool) (u kv.Usage, next kv.Cursor, err error) {
		lease, err := service.Acquire()
		if err != nil {
			return u, "", err
		}
		defer lease.Release()
		count := lease.Capabilities().Count
		if count == nil {
			return u, "", kv.Refuse(kv.ErrNotSupported, "this store does not count")
		}
		return count(ctx, id, at, bytes)
	}
	return func(ctx context.Context, id kv.ProjectID, bytes bool) (all kv.Usage, err error) {
		for at := kv.Cursor(""); ; {
			u, next, err := page(ctx, id, at, bytes)
			if err != nil {
				return all, err
			}
			all.Keys, all.Bytes, all.Answers = all.Keys+u.Keys, all.Bytes+u.Bytes, all.Answers+u.Answers
			if at = next; at == "" {
				return all, nil
			}
		}
	}
}
