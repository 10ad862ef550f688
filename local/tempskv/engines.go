// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"log/slog"
	"os"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/external"
	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/runtime/config"
)

// engines returns those that this program has. They tell report what they do. Servers that share their control data
// share their keys, so they have the one engine that can. The embedded one tells block why its data must not be used.
func engines(cfg config.Config, c control, report func(kv.Step), block func(string), log *slog.Logger) map[kv.EngineName]kv.Engine {
	store := redis.Config{Coalesce: true, MaxAnswer: cfg.MaxAnswer}
	if cfg.Control != "" {
		return map[kv.EngineName]kv.Engine{kv.External: external.NewEngine(external.Config{
			DefaultURL: cmp.Or(cfg.RedisURL, cfg.Control), Store: store, Owner: c.ID, Log: log,
		})}
	}
	own, _ := c.(embedded.Control)
	return map[kv.EngineName]kv.Engine{
		kv.Embedded: embedded.NewEngine(cfg.Data, embedded.Config{
			MaxAnswer: cfg.MaxAnswer, Log: log, Report: report, Block: block, Control: own,
		}),
		kv.External: external.NewEngine(external.Config{DefaultURL: cfg.RedisURL, Store: store, Owner: c.ID, Log: log}),
		kv.Podman: podman.NewEngine(podman.Config{
			Socket: podmanSocket(cfg), Dir: cfg.Data, Store: store, Report: report, Log: log,
		}),
	}
}

// firstEngine returns the engine of a first enable that names none.
func firstEngine(ctx context.Context, cfg config.Config) kv.EngineName {
	named := settingsEngine(cfg)
	switch {
	case named != "":
		return named
	case podman.Answers(ctx, podmanSocket(cfg)):
		return kv.Podman
	}
	return kv.Embedded
}

// settingsEngine returns the engine that the settings ask for, empty if they leave it open.
func settingsEngine(cfg config.Config) kv.EngineName {
	if cfg.Engine == "" && (cfg.RedisURL != "" || cfg.Control != "") {
		return kv.External
	}
	return cfg.Engine
}

func podmanSocket(cfg config.Config) string { return podman.Socket(cfg.PodmanSocket, os.LookupEnv) }
