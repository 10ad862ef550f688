// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"log/slog"
	"os"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/external"
	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/runtime/config"
)

// engines returns those that this program has. They tell report what they do. Servers that share their control data
// share their keys, so they have the one engine that can. The embedded one gives block the reason why its data must not be used.
func engines(cfg config.Config, c control, report func(engine.Step), block func(string), log *slog.Logger) map[engine.Name]engine.Driver {
	store := redis.Config{Coalesce: true, MaxAnswer: cfg.MaxAnswer}
	if cfg.Control != "" {
		return map[engine.Name]engine.Driver{engine.External: external.NewEngine(external.Config{
			DefaultURL: cmp.Or(cfg.RedisURL, cfg.Control), Store: store, Owner: c.ID, Log: log,
		}).Driver()}
	}
	return map[engine.Name]engine.Driver{
		engine.Embedded: embedded.NewEngine(cfg.Data, embedded.Config{
			MaxAnswer: cfg.MaxAnswer, CacheMemory: cfg.CacheMemory, Log: log, Report: report, Block: block, Control: c.Unshared(),
		}).Driver(),
		engine.External: external.NewEngine(external.Config{DefaultURL: cfg.RedisURL, Store: store, Owner: c.ID, Log: log}).Driver(),
		engine.Podman: podman.NewEngine(podman.Config{
			Socket: podmanSocket(cfg), Dir: cfg.Data, Store: store, Report: report, Log: log,
		}).Driver(),
	}
}

// firstEngine returns the engine of a first enable that names none.
func firstEngine(ctx context.Context, cfg config.Config) engine.Name {
	named := settingsEngine(cfg)
	switch {
	case named != "":
		return named
	case podman.Answers(ctx, podmanSocket(cfg)):
		return engine.Podman
	}
	return engine.Embedded
}

// settingsEngine returns the engine that the settings ask for, empty if they leave it open.
func settingsEngine(cfg config.Config) engine.Name {
	if cfg.Enable != "" {
		return cfg.Enable
	}
	if cfg.Engine == "" && (cfg.RedisURL != "" || cfg.Control != "") {
		return engine.External
	}
	return cfg.Engine
}

func podmanSocket(cfg config.Config) string { return podman.Socket(cfg.PodmanSocket, os.LookupEnv) }
