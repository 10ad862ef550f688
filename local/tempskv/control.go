// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/limits"
	infracontrol "github.com/tempskv/tempskv/infra/control"
	controlredis "github.com/tempskv/tempskv/infra/control/redis"
	controlsqlite "github.com/tempskv/tempskv/infra/control/sqlite"
	"github.com/tempskv/tempskv/infra/embedded"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/runtime/config"
)

// controlFile is the file of the control data in the data directory, where they are not in a Redis.
const controlFile = "control.db"

// control is the control data, with what only this program asks of them.
type control interface {
	access.Access
	access.Sessions
	engine.State
	archive.Control
	archive.Schedules
	// EnsureCredential adds a credential unless there is one with that hash, or it ever added one. It returns it, and
	// whether it was added.
	EnsureCredential(ctx context.Context, c access.Credential, h access.TokenHash) (access.Credential, bool, error)
	// EnsureAdminKey makes t the administrator's own API key.
	EnsureAdminKey(ctx context.Context, t access.Token) error
	// CreateFirstKey makes the first API key, in place of one that was neither confirmed nor used, and returns an empty token where
	// there is another.
	CreateFirstKey(ctx context.Context) (access.Token, error)
	// ConfirmFirstKey records that the first API key was shown.
	ConfirmFirstKey(ctx context.Context) error
	// AddLocal lets the bearer of a token in until Close.
	AddLocal(p access.Principal, h access.TokenHash)
	// Changed holds a token where another server may have changed the settings; it is nil where there is none.
	Changed() <-chan struct{}
	// CacheStats returns how the cache of tokens is used.
	CacheStats() infracontrol.CacheStats
	// AuditDropped returns how many entries of a kind the audit log has lost, since it is bounded.
	AuditDropped(kind access.AuditKind) uint64
	// Warnings returns what is wrong with them.
	Warnings(ctx context.Context) []engine.Warning
	// Risks returns what may become of them where they are kept.
	Risks(ctx context.Context) []engine.Warning
	// RestoreDocument returns the document engine.RestoreDocument from memory.
	RestoreDocument(ctx context.Context) (string, error)
	// ID distinguishes these control data from others; it is empty before the first change.
	ID() string
	// Counter is where the servers that share them add up requests; it is nil where no other server can.
	Counter() limits.Counter
	// Unshared returns them for the embedded engine; it is nil where other servers share them.
	Unshared() embedded.Control
	Close() error
}

// openControl opens the control data that the settings name: to use them or, where remember is nil, to examine them. The id of
// shared control data is stored once it is known, unless the data directory has it.
func openControl(ctx context.Context, cfg config.Config, remember func(id string), log *slog.Logger) (control, error) {
	if cfg.Control == "" {
		return openControlFile(ctx, filepath.Join(cfg.Data, controlFile), controlsqlite.Config{Log: log, Examine: remember == nil})
	}
	known, err := readControlID(cfg.Data)
	if err != nil {
		return nil, err
	}
	c := sharedControl(cfg, known)
	c.Log = log
	if known == "" {
		c.Remember = remember
	}
	s, err := controlredis.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	return redisControl{s}, nil
}

// openControlFile opens the control data in a file, unless they lack what the files next to it show that they had.
func openControlFile(ctx context.Context, path string, c controlsqlite.Config) (control, error) {
	accepted := exists(path + controlsqlite.AcceptEnding)
	if err := checkControl(ctx, path); err != nil {
		return nil, err
	}
	s, err := controlsqlite.Open(ctx, path, c)
	if err != nil {
		return nil, err
	}
	if err := checkEnabled(ctx, s, path); err != nil && !accepted {
		return nil, errors.Join(err, s.Close())
	}
	return fileControl{s}, nil
}

// checkEnabled refuses control data that never had an engine, next to keys: they lost what came after their beginning.
func checkEnabled(ctx context.Context, s *controlsqlite.Store, path string) error {
	settings, err := s.Settings(ctx)
	if err != nil || settings.Engine != "" || !embedded.HoldsKeys(ctx, filepath.Dir(path)) {
		return err
	}
	return controlsqlite.Refuse(path, fmt.Sprintf("%s has lost changes that were acknowledged: it never had an engine, and data.db "+
		"next to it holds keys", path))
}

// exists reports whether there is a file at path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// sharedControl says where control data in Redis are, and what is known of them.
func sharedControl(cfg config.Config, id string) controlredis.Config {
	return controlredis.Config{Redis: redis.Config{URL: cfg.Control}, Keys: redis.Config{URL: cfg.RedisURL}, ID: id}
}

// checkControl refuses to begin with new control data next to keys: their projects would be given again, and the old ones'
// tokens be gone.
func checkControl(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil // opening it says more
	}
	if exists(path + controlsqlite.AcceptEnding) {
		return nil
	}
	dir := filepath.Dir(path)
	kept := ""
	if exists(filepath.Join(dir, "podman.json")) {
		kept = "podman.json"
	}
	if embedded.HoldsKeys(ctx, dir) {
		kept = "data.db"
	}
	if kept == "" {
		return nil
	}
	return controlsqlite.Refuse(path, fmt.Sprintf("%s, which holds projects, tokens and settings, is gone or empty, and %s next to it "+
		"belongs to them", path, kept))
}

// fileControl is control data in a file, which no other server changes.
type fileControl struct{ *controlsqlite.Store }

func (fileControl) Changed() <-chan struct{} { return nil }

func (fileControl) Counter() limits.Counter { return nil }

func (c fileControl) Unshared() embedded.Control { return c.Store }

// Risks returns nothing: no server stands between the control data and the disk.
func (fileControl) Risks(context.Context) []engine.Warning { return nil }

// redisControl is control data in Redis, which several servers may share.
type redisControl struct{ *controlredis.Store }

func (c redisControl) Counter() limits.Counter { return c.Store }

func (redisControl) Unshared() embedded.Control { return nil }
