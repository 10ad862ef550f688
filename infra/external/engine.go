// SPDX-License-Identifier: Apache-2.0

// Package external is the engine.Engine over a Redis that is not ours to run: tempskv connects to it, and configures,
// starts and stops nothing. The main packages import it.
package external

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/redis"
)

// Config is what an engine needs. The zero value works where every enable names a redis_url.
type Config struct {
	// DefaultURL is used where the settings hold no redis_url. It is written as redis.Config says.
	DefaultURL string
	// Fixed refuses settings that name another Redis: what Store says of credentials, or who else reaches it, is for
	// that of DefaultURL alone.
	Fixed bool
	// Store says how stores are opened. Its URL is not used.
	Store redis.Config
	// Owner returns the id of the control data: an Update to a Redis without that mark is refused. Default: marks are not
	// checked.
	Owner func() string
	// Log takes what could not be checked. Default: none.
	Log *slog.Logger
}

// Engine is the engine.Engine of that name.
type Engine struct {
	cfg   Config
	store atomic.Pointer[redis.Store] // of the last Enable or Update, which may be closed
	last  atomic.Pointer[examined]
}

// NewEngine returns an engine. It connects to nothing.
func NewEngine(c Config) *Engine {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{cfg: c}
}

// Driver returns the engine, which can do no more than every engine.
func (e *Engine) Driver() engine.Driver { return engine.Driver{Engine: e} }

// Supports reports whether the settings are ones that a Redis elsewhere can have, and name one.
// Errors: a Refusal of kind ErrNotSupported or ErrInvalid.
func (e *Engine) Supports(s engine.Settings) error {
	field := ""
	switch {
	case s.DockerImage != "":
		field = "docker_image"
	case s.MaxMemory.Bytes() != 0:
		field = "max_memory"
	case s.Eviction != engine.DefaultSettings().Eviction:
		field = "eviction"
	case !s.Persistence:
		field = "persistence"
	case e.cfg.Fixed && s.RedisURL != "":
		return kv.Refuse(kv.ErrNotSupported, "redis_url cannot be set here: the Redis is that of the environment")
	case e.url(s) == "":
		return kv.Refuse(kv.ErrInvalid, "redis_url is missing: the external engine needs it")
	default:
		return redis.ValidateURL(e.url(s))
	}
	return kv.Refuse(kv.ErrNotSupported, "%s cannot be set with the external engine: set it on the Redis itself", field)
}

func (e *Engine) url(s engine.Settings) string {
	if s.RedisURL != "" {
		return s.RedisURL
	}
	return e.cfg.DefaultURL
}

// Enable connects to the Redis of the settings. One that lacks commands is refused unless it was in use before: then that is
// a warning. Errors: as redis.Open; ErrNotSupported.
func (e *Engine) Enable(ctx context.Context, s engine.Settings) (kv.Store, error) {
	store, found, err := e.open(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := found.Check(); err != nil && !s.Provisioned {
		return nil, errors.Join(err, store.Close())
	}
	e.use(store, found)
	return store, nil
}

// open connects to the Redis of the settings and looks at what it lacks.
func (e *Engine) open(ctx context.Context, s engine.Settings) (*redis.Store, redis.Examination, error) {
	c := e.cfg.Store
	c.URL = e.url(s)
	store, err := redis.Open(ctx, c)
	if err != nil {
		return nil, redis.Examination{}, err
	}
	found, err := store.Examine(ctx)
	if err != nil {
		return nil, found, errors.Join(err, store.Close())
	}
	return store, found, nil
}

// use makes the store the one that Probe asks.
func (e *Engine) use(store *redis.Store, found redis.Examination) {
	e.store.Store(store)
	e.last.Store(&examined{store, time.Now(), found})
	for _, note := range found.Notes {
		e.cfg.Log.Warn(note)
	}
}

// Disable does nothing: the Redis runs on.
func (e *Engine) Disable(context.Context) error { return nil }
