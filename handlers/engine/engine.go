// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Driver is an Engine with what only some engines can do: a nil field means that this one cannot.
type Driver struct {
	Engine
	Preparer Preparer
	Watcher  Watcher
	Purger   Purger
	Restorer Restorer
}

// Engine is behind enable, update, disable and status. The lifecycle never runs its methods at the same time, except
// Status and Supports. Each is bounded by its context, and can be repeated after a failure half way.
type Engine interface {
	// Supports reports whether the engine can run with the settings, without changing anything.
	Supports(s Settings) error
	// Enable starts the engine with the settings and returns its store once it answers.
	Enable(ctx context.Context, s Settings) (kv.Store, error)
	// Update changes the settings of a running engine. It returns the store to use from now on, or nil if the current
	// one stays in use. After an error the engine runs as before.
	Update(ctx context.Context, from, to Settings) (kv.Store, error)
	// Disable stops the engine and keeps its data. The store was closed before.
	Disable(ctx context.Context) error
	// Probe asks the running server for its state. An error means that it is not healthy.
	Probe(ctx context.Context) (Server, error)
}

// Server is what a running server reports. Unknown fields are nil or empty, never filled from the settings.
type Server struct {
	Version    string // as INFO reports it; of the embedded engine, that of SQLite with its name
	UsedMemory int64  // bytes
	Image      string // that it runs from, where the engine chose it
	// Persistence reports whether the data are kept over a restart, nil where the server does not say.
	Persistence *bool
	// Eviction is the policy in force, any that Redis has; empty where the server does not say.
	Eviction Eviction
	// MaxMemory is the limit in force in bytes, 0 for none; nil where the server does not say. Of a Cluster it is the
	// smallest limit of a master.
	MaxMemory *int64
	// Warnings are problems that the probe found although the server answers.
	Warnings []Warning
}

// Status is the state of the service as GET /api/kv/status shows it.
type Status struct {
	Settings Settings
	Server   Server
	// Healthy is the result of a probe made for this status.
	Healthy bool
	// Message says in a sentence what is wrong or in progress, empty if nothing is.
	Message string
	// Warnings are all known problems of the engine, the control data and the backups.
	Warnings []Warning
}

// Preparer is an Engine that can check or prepare a change while its store is in use.
type Preparer interface {
	// Prepare prepares an Update, and returns the errors that Update would return. It reports whether the Update needs
	// the store closed: then the caller closes it first, and calls Enable with the old settings if the Update fails.
	// Errors: as Engine.Update.
	Prepare(ctx context.Context, from, to Settings) (interrupts bool, err error)
	// PrepareDisable refuses a Disable that would lose acknowledged data. Errors: kv.ErrStorageFull.
	PrepareDisable(ctx context.Context) error
}

// Watcher is an Engine that can fail on its own.
type Watcher interface {
	// Watch blocks until the engine is no longer as Enable or Update left it, and returns an error that is fit to be
	// shown; an Enable repairs it. It returns nil once ctx has ended. It may run at the same time as Supports, Probe,
	// the methods of a Preparer, and those of a Restorer before Promote.
	Watch(ctx context.Context) error
}

// Purger is an Engine whose data can be removed permanently.
type Purger interface {
	// Purge removes everything that Enable created. It is called while the engine is off.
	Purge(ctx context.Context) error
}

// Step is what an Engine is currently doing.
type Step struct {
	Name    string
	Percent int // of the step, where that is known; else 0
}
