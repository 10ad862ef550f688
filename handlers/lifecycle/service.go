// SPDX-License-Identifier: Apache-2.0

// Package lifecycle turns the store of the service on and off: enable, update, disable and status, one at a time,
// detached from the request that asked, kept over restarts. It also sees to what needs both the store and the control
// data: the keys of deleted projects, and ids that keys already bear. It imports package kv alone.
package lifecycle

import (
	"context"
	"log/slog"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Control is what the lifecycle keeps over restarts.
type Control interface {
	// Settings returns what was saved last, kv.DefaultSettings if nothing was.
	Settings(ctx context.Context) (kv.Settings, error)
	SaveSettings(ctx context.Context, s kv.Settings) error
	// Deletions returns the deleted projects whose keys may still be in the store.
	Deletions(ctx context.Context) ([]kv.ProjectID, error)
	// Deleted records that the keys of a deleted project are gone.
	Deleted(ctx context.Context, id kv.ProjectID) error
	// Unverified returns the projects whose id was given without a look at the store; Verify records that look.
	Unverified(ctx context.Context) ([]kv.ProjectID, error)
	Verify(ctx context.Context, ids []kv.ProjectID) error
}

// Config is what New needs beside the control data.
type Config struct {
	// Engines by name, those that this runtime has.
	Engines map[kv.EngineName]kv.Engine
	// Choose returns the engine of a first enable that names none.
	Choose func(ctx context.Context) kv.EngineName
	Log    *slog.Logger
}

// Service is the key-value service of one process, on or off.
type Service struct{}

// Lease is a store that stays open until Release.
type Lease struct{ kv.Store }

// Release gives the store back. It is called once.
func (l *Lease) Release() {}

// Acquire returns the store. Errors: ErrDisabled while the service is off, ErrUnavailable while it is coming up.
func (s *Service) Acquire() (*Lease, error) { return nil, kv.ErrDisabled }

// Enable turns the service on with the stored settings and the change.
func (s *Service) Enable(ctx context.Context, c kv.Change) (kv.Status, error) {
	return kv.Status{}, kv.ErrNotSupported
}

// Update changes the settings of a service that is on.
func (s *Service) Update(ctx context.Context, c kv.Change) (kv.Status, error) {
	return kv.Status{}, kv.ErrNotSupported
}

// Disable turns the service off; its data stays.
func (s *Service) Disable(ctx context.Context) error { return kv.ErrNotSupported }

// Status probes the server and tells how the service is.
func (s *Service) Status(ctx context.Context) kv.Status { return kv.Status{} }

// ProjectIDs returns the ids that keys in the store bear, or ErrDisabled.
func (s *Service) ProjectIDs(ctx context.Context) ([]kv.ProjectID, error) { return nil, kv.ErrDisabled }
