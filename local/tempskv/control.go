// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/tempskv/tempskv/handlers/kv"
	infracontrol "github.com/tempskv/tempskv/infra/control"
	controlredis "github.com/tempskv/tempskv/infra/control/redis"
	controlsqlite "github.com/tempskv/tempskv/infra/control/sqlite"
	"github.com/tempskv/tempskv/infra/redis"
	"github.com/tempskv/tempskv/runtime/config"
)

// controlFile is the file of the control data in the data directory, where they are not in a Redis.
const controlFile = "control.db"

// control is the control data, with what only this program asks of them.
type control interface {
	kv.Access
	kv.State
	kv.Archive
	kv.BackupPlans
	// EnsureAdminKey makes t the administrator's own API key.
	EnsureAdminKey(ctx context.Context, t kv.Token) error
	// CreateFirstKey makes the first API key, and returns an empty token where there is one.
	CreateFirstKey(ctx context.Context) (kv.Token, error)
	// AddLocal lets the bearer of a token in until Close.
	AddLocal(p kv.Principal, h kv.TokenHash)
	// Changed holds a token where another server may have changed the settings; it is nil where there is none.
	Changed() <-chan struct{}
	// CacheStats tells how the memory that tokens are looked up in is used.
	CacheStats() infracontrol.CacheStats
	// ID tells these control data from others; it is empty before the first change.
	ID() string
	Close() error
}

// openControl opens the control data that the settings name.
func openControl(ctx context.Context, cfg config.Config, log *slog.Logger) (control, error) {
	if cfg.Control == "" {
		s, err := controlsqlite.Open(ctx, filepath.Join(cfg.Data, controlFile), controlsqlite.Config{Log: log})
		if err != nil {
			return nil, err
		}
		return fileControl{s}, nil
	}
	s, err := controlredis.Open(ctx, controlredis.Config{Redis: redis.Config{URL: cfg.Control}, Log: log})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// fileControl is control data in a file, which nobody else changes.
type fileControl struct{ *controlsqlite.Store }

func (fileControl) Changed() <-chan struct{} { return nil }
