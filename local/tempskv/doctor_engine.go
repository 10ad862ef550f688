// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	controlsqlite "github.com/tempskv/tempskv/infra/control/sqlite"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/runtime/config"
)

// checkEngine looks at what a server that does not run was last enabled with.
func checkEngine(ctx context.Context, cfg config.Config) []finding {
	const name = "engine"
	settings, kept, err := stored(ctx, cfg)
	if err != nil {
		return []finding{bad(name, err, "")}
	}
	state := good(name, "%s, starts with the server", settings.Engine)
	if !settings.Enabled {
		state = good(name, "is off; turn it on, when the server is running, with: tempskv enable")
	}
	findings := append([]finding{state}, kept...)
	engineName := cmp.Or(settings.Engine, settingsEngine(cfg))
	if engineName == engine.Podman || engineName == "" {
		findings = append(findings, checkPodmanRuns(ctx, cfg, engineName, settings.DockerImage)...)
	}
	url := cfg.RedisURL
	if settings.Engine == engine.External {
		url = cmp.Or(settings.RedisURL, url, cfg.Control)
	}
	if url != "" {
		findings = append(findings, checkRedis(ctx, "redis", url)...)
	}
	return findings
}

// stored returns the settings of the service, and what is wrong with its keys: with the file of the engine embedded, or with a
// Redis that lost them, or is another's. Nobody else has the data directory, and it may be new.
func stored(ctx context.Context, cfg config.Config) (settings engine.Settings, found []finding, err error) {
	if _, err = os.Stat(cfg.Data); cfg.Control == "" && errors.Is(err, fs.ErrNotExist) {
		return engine.DefaultSettings(), nil, nil
	}
	path := filepath.Join(cfg.Data, controlFile)
	if _, err = os.Stat(path); cfg.Control == "" && errors.Is(err, fs.ErrNotExist) {
		return engine.DefaultSettings(), nil, controlsqlite.CheckGone(path, checkControl(ctx, path))
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	c, err := openControl(ctx, cfg, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return engine.Settings{}, nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	settings, err = c.Settings(ctx)
	if err == nil && settings.Enabled && settings.Engine == engine.External {
		for _, w := range inspectRedis(ctx, c, cmp.Or(settings.RedisURL, cfg.RedisURL, cfg.Control)) {
			found = append(found, finding{Check: string(w.Code), Text: w.Detail})
		}
	}
	if err == nil && settings.Enabled && settings.Engine == engine.Embedded {
		found = checkKeys(ctx, cfg, c, settings)
	}
	return settings, found, err
}

// inspectRedis returns what is wrong with the keys in a Redis. One that cannot be asked is a finding of checkRedis.
func inspectRedis(ctx context.Context, c control, url string) []engine.Warning {
	store, err := redis.Open(ctx, redis.Config{URL: url})
	if err != nil {
		return nil
	}
	defer store.Close()
	lost, err := lifecycle.Inspect(ctx, c, c.ID(), store)
	if err != nil {
		return []engine.Warning{engine.WarnEngine.With("the owner of the keys in the Redis is not known: " + err.Error())}
	}
	return lost
}

// checkKeys looks at the file of the engine embedded as the next start will.
func checkKeys(ctx context.Context, cfg config.Config, c control, settings engine.Settings) (found []finding) {
	const name = "keys"
	warnings, err := embedded.NewEngine(cfg.Data, embedded.Config{Control: c.Unshared()}).Examine(ctx, settings)
	if err != nil {
		f := bad(name, err, "")
		f.Do = restoreCommand(ctx, cfg)
		found = append(found, f)
	}
	for _, w := range warnings {
		found = append(found, finding{Check: string(w.Code), Text: w.Detail})
	}
	return found
}

// muchSkew is how far two clocks may be apart before expiry times are off by what people notice.
const muchSkew = 2 * time.Second

// checkRedis asks a Redis for its version, its clock, and what would put data at risk there.
func checkRedis(ctx context.Context, name, url string) []finding {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	store, err := redis.Open(ctx, redis.Config{URL: url})
	if err != nil {
		return []finding{bad(name, err, "")}
	}
	findings := examineRedis(ctx, name, url, store)
	if err := store.Close(); err != nil {
		findings = append(findings, bad(name, err, ""))
	}
	return findings
}

func examineRedis(ctx context.Context, name, url string, store *redis.Store) []finding {
	server, err := store.Probe(ctx)
	if server.Version == "" {
		return []finding{bad(name, err, "")}
	}
	findings := []finding{good(name, "%s answers, version %s", config.RedactURL(url), server.Version)}
	warnings := append(server.Warnings, redis.Risks(server)...)
	found, err := store.Examine(ctx)
	if err != nil {
		findings = append(findings, bad(name, err, ""))
	}
	for _, w := range append(warnings, found.Warnings...) {
		findings = append(findings, finding{Check: name + ": " + string(w.Code), Text: w.Detail})
	}
	for _, note := range found.Notes {
		findings = append(findings, good(name+": note", "%s", note))
	}
	return append(findings, checkSkew(ctx, name, store)...)
}

// checkSkew compares the clocks.
func checkSkew(ctx context.Context, name string, store *redis.Store) []finding {
	before := time.Now()
	theirs, err := store.Time(ctx)
	if err != nil {
		return []finding{bad(name, err, "")}
	}
	if skew := theirs.Sub(before); skew.Abs() > muchSkew {
		return []finding{bad(name, fmt.Errorf("its clock is %s from the one here", skew.Round(time.Millisecond)),
			"set both clocks, for example with an NTP service")}
	}
	return nil
}
