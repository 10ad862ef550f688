// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// Deps is what the operations stand on. Service and Control are required; the rest has
// a zero value that works.
type Deps struct {
	Service *lifecycle.Service
	Control Control
	Limits  Limits
	// Log takes what a caller must not see: the inner text of a 5xx, under its request id. Default: none.
	Log *slog.Logger
}

// Limits bound what one request may cost. Zero fields have the defaults of WIRE: see DefaultLimits.
type Limits struct {
	MaxValue  int64         // bytes of a value
	MaxAnswer int64         // bytes of an answer
	MaxBatch  int64         // bytes of a body with many keys
	Timeout   time.Duration // of a data operation, store and all
	BodyTime  time.Duration // in which a request's body has to arrive
}

// DefaultLimits are those of a self-hosted server.
func DefaultLimits() Limits {
	return Limits{
		MaxValue:  kv.DefaultMaxValue,
		MaxAnswer: kv.DefaultMaxAnswer,
		MaxBatch:  16 << 20,
		Timeout:   10 * time.Second,
		BodyTime:  30 * time.Second,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	return Limits{
		MaxValue:  cmp.Or(l.MaxValue, d.MaxValue),
		MaxAnswer: cmp.Or(l.MaxAnswer, d.MaxAnswer),
		MaxBatch:  cmp.Or(l.MaxBatch, d.MaxBatch),
		Timeout:   cmp.Or(l.Timeout, d.Timeout),
		BodyTime:  cmp.Or(l.BodyTime, d.BodyTime),
	}
}

// Control keeps projects, tokens, API keys and the audit log.
type Control interface {
	Authenticator
	Projects
	Credentials
	Audit
}

// Authenticator is asked on the hot path: it answers from memory and takes no lock that a writer holds.
type Authenticator interface {
	// Authenticate returns who bears the token, and notes that it was used.
	// Errors: ErrUnauthorized if it is malformed, unknown, expired or revoked; ErrUnavailable.
	Authenticate(ctx context.Context, t kv.Token) (*kv.Principal, error)
	// HasProject tells whether there is such a project. Errors: ErrUnavailable.
	HasProject(ctx context.Context, id kv.ProjectID) (bool, error)
}

// Projects creates and deletes projects.
type Projects interface {
	// CreateProject creates a project. Errors: ErrConflict if the id asked for is, or ever was, in use.
	CreateProject(ctx context.Context, n kv.NewProject) (kv.Project, error)
	// ListProjects returns all projects by id.
	ListProjects(ctx context.Context) ([]kv.Project, error)
	// Project returns one. Errors: ErrProjectNotFound.
	Project(ctx context.Context, id kv.ProjectID) (kv.Project, error)
	// DeleteProject revokes the project's tokens at once and queues its keys for deletion. Errors: ErrProjectNotFound.
	DeleteProject(ctx context.Context, id kv.ProjectID) error
}

// Credentials keeps deployment tokens (Principal.Project is set) and API keys, by their hashes.
type Credentials interface {
	// AddCredential keeps c under the hash of its token and returns it with ID and CreatedAt set.
	// Errors: ErrProjectNotFound.
	AddCredential(ctx context.Context, c kv.Credential, h kv.TokenHash) (kv.Credential, error)
	// Tokens lists a project's deployment tokens, oldest first. Errors: ErrProjectNotFound.
	Tokens(ctx context.Context, p kv.ProjectID) ([]kv.Credential, error)
	// RevokeToken ends a deployment token of that project. Errors: ErrProjectNotFound, ErrTokenNotFound.
	RevokeToken(ctx context.Context, p kv.ProjectID, id string) error
	// APIKeys lists the API keys, oldest first.
	APIKeys(ctx context.Context) ([]kv.Credential, error)
	// RevokeAPIKey ends an API key. Errors: ErrTokenNotFound.
	RevokeAPIKey(ctx context.Context, id string) error
}

// Audit is the log of management calls.
type Audit interface {
	RecordAudit(ctx context.Context, e kv.AuditEntry) error
	// AuditEntries returns up to limit entries, newest first, from cursor on (empty: the newest), and the cursor
	// of the next page, empty at the end. Errors: ErrInvalid for a cursor that it did not make.
	AuditEntries(ctx context.Context, limit int, cursor string) ([]kv.AuditEntry, string, error)
}
