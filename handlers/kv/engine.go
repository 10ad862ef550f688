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

// Server is what a running server tells of itself.
type Server struct {
	Version    string // as INFO reports it; of the embedded engine, that of SQLite with its name
	UsedMemory int64  // bytes
}

// Status is the state of the service as GET /api/kv/status shows it.
type Status struct {
	Settings Settings
	Server   Server
	// Healthy is the result of a probe made for this answer.
	Healthy bool
	// Message says in a sentence what is wrong or under way, empty if nothing is.
	Message string
}
