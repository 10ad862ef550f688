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
	// Warnings returns what is wrong with them.
	Warnings(ctx context.Context) []kv.Warning
	// ID tells these control data from others; it is empty before the first change.
	ID() string
	Close() error
}

// openControl opens the control data that the settings name. The id of shared ones is told to remember once it is known,
// unless the data directory has it.
func openControl(ctx context.Context, cfg config.Config, remember func(id string), log *slog.Logger) (control, error) {
	if cfg.Control == "" {
		s, err := controlsqlite.Open(ctx, filepath.Join(cfg.Data, controlFile), controlsqlite.Config{Log: log})
		if err != nil {
			return nil, err
		}
		return fileControl{s}, nil
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
	return s, nil
}

// sharedControl says where control data in Redis are, and what is known of them.
func sharedControl(cfg config.Config, id string) controlredis.Config {
	return controlredis.Config{Redis: redis.Config{URL: cfg.Control}, Keys: redis.Config{URL: cfg.RedisURL}, ID: id}
}

// fileControl is control data in a file, which nobody else changes.
type fileControl struct{ *controlsqlite.Store }

func (fileControl) Changed() <-chan struct{} { return nil }

func (fileControl) Warnings(context.Context) []kv.Warning { return nil }
