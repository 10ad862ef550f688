// SPDX-License-Identifier: Apache-2.0

// Package podman is the engine.Engine that runs its own Redis or Valkey: it keeps one container, one volume and one
// secret in podman, and copies the data before another image or another kind of persistence opens them. The main
// packages import it, and it never reaches a Lambda binary.
package podman

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// DefaultImage is used if neither an image nor a version is named.
const DefaultImage = "docker.io/library/redis:8-alpine"

// ImageOf returns the image of a version of Redis.
func ImageOf(version string) string { return "docker.io/library/redis:" + version + "-alpine" }

// Config is what an engine needs. Dir is required.
type Config struct {
	// Socket is the URI of podman's service, such as unix:///run/podman/podman.sock: see Socket.
	Socket string
	// Dir is the data directory, where the passwords are kept. It belongs to this process alone.
	Dir string
	// Store says how stores are opened. Its URL is not used.
	Store redis.Config
	// Report takes the steps of a task as they begin. It is called from the goroutine of the task. Default: none.
	Report func(engine.Step)
	// Log takes the output of a container that did not run. Default: none.
	Log *slog.Logger
}

// Engine is the engine.Engine of that name.
type Engine struct {
	cfg Config
	now atomic.Pointer[running] // what Enable or Update brought up last, nil if that is off
	// builds are those of images by their ids, as far as they were asked. Jobs alone use them.
	builds map[string]build
	// host is the machine of podman, nil until a task asked for it.
	host *host
	// shared is set once a server in podman was reached by a socket in the data directory, and apart if one was not.
	shared, apart bool
}

// running is a container that serves.
type running struct {
	store   *redis.Store
	server  *server
	socket  string
	name    string // of the container
	image   string
	warning string // what podman cannot do here
}

// NewEngine returns an engine. It does no I/O.
func NewEngine(c Config) *Engine {
	if c.Report == nil {
		c.Report = func(engine.Step) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{cfg: c, builds: map[string]build{}}
}

// Driver returns the engine with what it can do.
func (e *Engine) Driver() engine.Driver {
	return engine.Driver{Engine: e, Preparer: e, Watcher: e, Purger: e, Restorer: e}
}

// Supports refuses what belongs to another engine. Errors: ErrNotSupported, ErrInvalid.
func (e *Engine) Supports(s engine.Settings) error {
	if s.RedisURL != "" {
		return kv.Refuse(kv.ErrNotSupported, "redis_url is not supported by the podman engine, which runs its own Redis")
	}
	if err := s.MaxMemory.Validate(); err != nil {
		return fmt.Errorf("max_memory: %w", err)
	}
	return validateImage(s.DockerImage)
}

// Enable runs one container with the settings on the volume with the data, and opens its store. It continues what
// an earlier call left unfinished. Errors: Refusals of kind ErrUnavailable, ErrTimeout, ErrStorageFull and
// ErrConflict, which say what to do.
func (e *Engine) Enable(ctx context.Context, s engine.Settings) (_ kv.Store, err error) {
	t, err := e.begin(ctx, s)
	if err != nil {
		return nil, err
	}
	defer t.end(&err)
	if err := t.converge(ctx); err != nil {
		if t.fresh {
			err = errors.Join(err, undo(ctx, func(ctx context.Context) error { return t.removeAll(ctx) }))
		}
		return nil, err
	}
	return t.open(ctx)
}

// PrepareDisable refuses to stop a server that holds writes which it could not store. One that gives no answer has lost
// them already. Errors: ErrStorageFull.
func (e *Engine) PrepareDisable(ctx context.Context) error {
	r := e.now.Load()
	if r == nil {
		return nil
	}
	if err := r.server.checkWritten(ctx); errors.Is(err, kv.ErrStorageFull) {
		return err
	}
	return nil
}

// Disable stops the container. It, its volume and its secret stay. Errors: as PrepareDisable, ErrUnavailable, ErrTimeout.
func (e *Engine) Disable(ctx context.Context) (err error) {
	t, err := e.begin(ctx, engine.Settings{})
	if err != nil {
		return err
	}
	defer t.end(&err)
	names, err := t.containers(ctx, t.record.owned())
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := t.stop(ctx, name); err != nil {
			return err
		}
	}
	e.use(nil)
	return nil
}

// Probe asks the server how it is, now. Errors: ErrUnavailable, ErrTimeout.
func (e *Engine) Probe(ctx context.Context) (engine.Server, error) {
	r := e.now.Load()
	if r == nil {
		return engine.Server{}, fmt.Errorf("no container: %w", kv.ErrUnavailable)
	}
	server, err := r.store.Probe(ctx)
	server.Image = r.image
	if err == nil && server.Persistence == nil { // the application's user may not read it
		server.Persistence = r.server.persists(ctx)
	}
	if r.warning != "" {
		server.Warnings = append(server.Warnings, engine.WarnLimits.With(r.warning))
	}
	return server, err
}

// use takes a running container into use. The store of the one before is closed already.
func (e *Engine) use(r *running) {
	if before := e.now.Swap(r); before != nil {
		before.server.close()
	}
}
