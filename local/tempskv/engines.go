// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/external"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/runtime/config"
)

// engines returns those that this program has.
func engines(cfg config.Config, log *slog.Logger) map[kv.EngineName]kv.Engine {
	return map[kv.EngineName]kv.Engine{
		kv.Embedded: embedded.NewEngine(cfg.Data, embedded.Config{MaxAnswer: cfg.MaxAnswer, Log: log}),
		kv.External: external.NewEngine(external.Config{
			DefaultURL: cfg.RedisURL,
			Store:      redis.Config{Coalesce: true, MaxAnswer: cfg.MaxAnswer},
		}),
	}
}

// firstEngine returns the engine of a first enable that names none.
func firstEngine(cfg config.Config) kv.EngineName {
	switch {
	case cfg.Engine != "":
		return cfg.Engine
	case cfg.RedisURL != "":
		return kv.External
	}
	return kv.Embedded
}
