// SPDX-License-Identifier: Apache-2.0

package kv

import "context"

// Engine is what stands behind enable, update, disable and status. Its calls other than Status and Supports
// never run side by side: the lifecycle sees to that. Each is bounded by its context, and each may be repeated
// after a failure half way: it converges.
type Engine interface {
	// Supports tells whether the engine can run with the settings, without touching anything.
	// Errors: a Refusal of kind ErrNotSupported or ErrInvalid that names the field.
	Supports(s Settings) error
	// Enable brings the engine up with the settings and returns its store once that has answered.
	// Errors: ErrUnavailable, ErrTimeout, ErrStorageFull, or a Refusal that says what to do.
	Enable(ctx context.Context, s Settings) (Store, error)
	// Update brings a running engine from one set of settings to another. It returns the store to use from now
	// on, or nil if the one in use goes on. If it fails, the engine runs as before.
	Update(ctx context.Context, from, to Settings) (Store, error)
	// Disable stops the engine. Its data stays. The store is closed before.
	Disable(ctx context.Context) error
	// Probe asks the running server how it is, now. An error means that it is not healthy.
	Probe(ctx context.Context) (Server, error)
}

// Server is what a running server reports. What is not known is nil or empty, never a setting in its place.
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
	// Warnings are what the probe found that is not as it should be, while the server answers.
	Warnings []Warning
}

// Status is the state of the service as GET /api/kv/status shows it.
type Status struct {
	Settings Settings
	Server   Server
	// Healthy is the result of a probe made for this answer.
	Healthy bool
	// Message says in a sentence what is wrong or under way, empty if nothing is.
	Message string
	// Warnings are all that is known to be wrong, of the engine, the control data and the backups.
	Warnings []Warning
}

// Preparer is an Engine that can do or refuse part of what is to come while its store serves.
type Preparer interface {
	// Prepare does that part, and refuses what Update would refuse. It reports whether the Update needs the store closed:
	// then it is closed first, and if the Update fails, an Enable with the settings from before follows.
	// Errors: as Engine.Update.
	Prepare(ctx context.Context, from, to Settings) (interrupts bool, err error)
	// PrepareDisable refuses a Disable that would lose what the store has acknowledged. Errors: ErrStorageFull.
	PrepareDisable(ctx context.Context) error
}

// Watched is an Engine that may fail by itself.
type Watched interface {
	// Watch returns an error, whose text is fit to be shown, once the engine is not any more as Enable or Update left
	// it; an Enable mends that. It returns nil once ctx has ended. It runs beside no other call but Supports, Probe and those
	// of a Preparer, and of a Restorer before Take.
	Watch(ctx context.Context) error
}

// Purger is an Engine whose data can be removed for good.
type Purger interface {
	// Purge removes everything that Enable ever created. It is called while the engine is off.
	Purge(ctx context.Context) error
}

// Step is what an Engine does at the moment.
type Step struct {
	Name    string
	Percent int // of the step, where that is known; else 0
}
