// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Access stores projects, tokens, API keys and the audit log. Together with engine.State it is the control data:
// everything that the service stores apart from keys. One store implements both.
type Access interface {
	Authenticator
	Projects
	Credentials
	AuditLog
}

// Authenticator is used on the hot path: it answers from memory and takes no lock that a writer holds.
type Authenticator interface {
	// Authenticate returns the owner of the token, and records its use. Errors: kv.ErrUnauthorized if the token is
	// malformed, unknown, expired or revoked; kv.ErrUnavailable.
	Authenticate(ctx context.Context, t Token) (*Principal, error)
	// HasProject reports whether there is such a project. Errors: kv.ErrUnavailable.
	HasProject(ctx context.Context, id kv.ProjectID) (bool, error)
	// ProjectLimits returns the limits of the project, none if there is no such project. Errors: kv.ErrUnavailable.
	ProjectLimits(ctx context.Context, id kv.ProjectID) (ProjectLimits, error)
}

// Projects creates and deletes projects.
type Projects interface {
	// CreateProject creates a project. Errors: kv.ErrConflict if the id asked for is, or ever was, in use.
	CreateProject(ctx context.Context, n NewProject) (Project, error)
	// ListProjects returns all projects by id.
	ListProjects(ctx context.Context) ([]Project, error)
	// Project returns one. Errors: kv.ErrProjectNotFound.
	Project(ctx context.Context, id kv.ProjectID) (Project, error)
	// UpdateProject changes a project and returns it. Errors: kv.ErrProjectNotFound.
	UpdateProject(ctx context.Context, id kv.ProjectID, c ProjectChange) (Project, error)
	// DeleteProject revokes the project's tokens at once and queues its keys for deletion. Errors: kv.ErrProjectNotFound.
	DeleteProject(ctx context.Context, id kv.ProjectID) error
}

// Credentials stores deployment tokens (Principal.Project is set) and API keys, by their hashes.
type Credentials interface {
	// AddCredential stores c under the hash of its token and returns it with ID and CreatedAt set. Errors:
	// kv.ErrProjectNotFound.
	AddCredential(ctx context.Context, c Credential, h TokenHash) (Credential, error)
	// Tokens lists a project's deployment tokens, oldest first. Errors: kv.ErrProjectNotFound.
	Tokens(ctx context.Context, p kv.ProjectID) ([]Credential, error)
	// RevokeToken ends a deployment token of that project. Errors: kv.ErrProjectNotFound, kv.ErrTokenNotFound.
	RevokeToken(ctx context.Context, p kv.ProjectID, id string) error
	// APIKeys lists the API keys, oldest first.
	APIKeys(ctx context.Context) ([]Credential, error)
	// RevokeAPIKey ends an API key. Unless force is set, the last one with SystemAdmin stays: another one has to be valid for
	// LastAdminTime, or for as long as this one. Errors: kv.ErrTokenNotFound; kv.ErrConflict if it is the last.
	RevokeAPIKey(ctx context.Context, id string, force bool) error
}

// AuditLog is the log of management calls.
type AuditLog interface {
	// RecordAudit appends the entry, and removes some of its kind that are too old, or beyond the budget of the kind.
	RecordAudit(ctx context.Context, e AuditEntry) error
	// AuditEntries returns up to limit entries, newest first, starting at cursor (empty: the newest), and the cursor of
	// the next page, empty at the end. Errors: kv.ErrInvalid for a cursor that it did not return.
	AuditEntries(ctx context.Context, limit int, cursor string) ([]AuditEntry, string, error)
}
