// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// fileName is the name of the file in the data directory.
const fileName = "data.db"

// Engine is the engine.Engine whose server is this process.
type Engine struct {
	path   string
	config Config
	store  atomic.Pointer[Store] // the open one, if any: Probe may run during the other calls
}

// NewEngine returns the engine that keeps its file in dir, which must exist and must not be used by
// another process. MaxMemory of c is set from the settings.
func NewEngine(dir string, c Config) *Engine {
	return &Engine{path: filepath.Join(dir, fileName), config: c.withDefaults()}
}

// Driver returns the engine with what it can do.
func (e *Engine) Driver() engine.Driver { return engine.Driver{Engine: e, Restorer: e} }

// Supports refuses settings that only a Redis has. Errors: ErrNotSupported, ErrInvalid.
func (e *Engine) Supports(s engine.Settings) error {
	refuse := func(field string) error {
		return kv.Refuse(kv.ErrNotSupported, "%s is not supported by the embedded engine", field)
	}
	switch {
	case s.DockerImage != "":
		return refuse("docker_image")
	case s.RedisURL != "":
		return refuse("redis_url")
	case !s.Persistence:
		return refuse("persistence: false")
	case s.Eviction != engine.NoEviction && s.Eviction != "":
		return refuse("eviction: " + string(s.Eviction))
	}
	if r, bad := errors.AsType[*kv.Refusal](s.MaxMemory.Validate()); bad {
		return kv.Refuse(r.Kind, "max_memory %s", r.Detail)
	}
	return nil
}

// Enable opens the file, or creates it if the engine was never enabled before. Errors: those of sqlite.OpenExisting.
func (e *Engine) Enable(ctx context.Context, s engine.Settings) (kv.Store, error) {
	if err := e.Disable(ctx); err != nil {
		return nil, err
	}
	e.removeLeftover(ctx, stagingEnding)
	store, err := e.open(ctx, s)
	if err != nil {
		return nil, err
	}
	e.removeLeftover(ctx, beforeEnding) // not sooner: if the file does not open, these may be worth more
	return store, nil
}

// open opens the file, which must not be open, and makes its store that of the engine.
func (e *Engine) open(ctx context.Context, s engine.Settings) (kv.Store, error) {
	found, err := e.inspect(ctx, s.Provisioned)
	if err != nil {
		return nil, noFile(err)
	}
	openFile := sqlite.OpenSummed
	if s.Provisioned {
		openFile = sqlite.OpenExistingSummed
	}
	db, err := openFile(ctx, e.path, migrations)
	if sqlite.IsDamaged(err) {
		return nil, found.damaged(err)
	}
	if err != nil {
		return nil, noFile(err)
	}
	o, err := e.check(ctx, db, found)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	store, err := newStore(ctx, found.path, db, e.configFor(s))
	if err != nil {
		return nil, found.damaged(err)
	}
	store.warnings = found.warnings()
	e.startSync(ctx, store, o.id)
	e.store.Store(store)
	if found.accepted {
		if err := os.Remove(found.path + acceptEnding); err != nil {
			e.config.Log.WarnContext(ctx, "this file is not needed any more and has to be removed", "error", err)
		}
	}
	return store, nil
}

// check returns the origin of an open file if the file is as it was left, or the operator has accepted it.
func (e *Engine) check(ctx context.Context, db *sqlite.DB, found *inspection) (origin, error) {
	o, err := readOrigin(ctx, db.Read)
	if err != nil {
		return o, found.damaged(err)
	}
	err = found.judge(o, e.config.Control, db.Copy != "")
	if err == nil || !found.accepted {
		return o, err
	}
	detail := err.Error()
	if r, ok := errors.AsType[*kv.Refusal](err); ok {
		detail = r.Detail
	}
	e.config.Log.WarnContext(ctx, "the operator accepts what is left of the data", "although", detail)
	return o, nil
}

// configFor returns the Config of a store with the settings.
func (e *Engine) configFor(s engine.Settings) Config {
	c := e.config
	c.MaxMemory = s.MaxMemory.Bytes()
	return c
}

// Update changes max_memory, the one setting that there is, and keeps the store. Errors: those of Supports.
func (e *Engine) Update(_ context.Context, _, to engine.Settings) (kv.Store, error) {
	if err := e.Supports(to); err != nil {
		return nil, err
	}
	if s := e.store.Load(); s != nil {
		s.SetMaxMemory(to.MaxMemory.Bytes())
	}
	return nil, nil
}

// Disable closes the file, and keeps it.
func (e *Engine) Disable(context.Context) error {
	s := e.store.Swap(nil)
	if s == nil {
		return nil
	}
	return s.Close()
}

// Probe reads from the file. Errors: ErrUnavailable if the engine is off; as kv.Store.
func (e *Engine) Probe(ctx context.Context) (engine.Server, error) {
	s := e.store.Load()
	if s == nil {
		return engine.Server{}, kv.Refuse(kv.ErrUnavailable, "the embedded engine is off")
	}
	return s.server(ctx)
}

func (s *Store) server(ctx context.Context) (server engine.Server, err error) {
	err = s.read(ctx, func(ctx context.Context, r *reader) error {
		return sqlite.Err(r.server.QueryRowContext(ctx).Scan(&server.Version, &server.UsedMemory))
	})
	server.Warnings = slices.Clone(s.warnings)
	server.Persistence, server.Eviction = new(true), engine.NoEviction // it has no other mode
	server.MaxMemory = new(s.writer.limit.Load())
	if known := s.damage.err(); known != nil {
		server.Warnings = append(server.Warnings, engine.WarnDamaged.With(detailOf(known)))
		err = errors.Join(known, err)
	}
	return server, err
}
