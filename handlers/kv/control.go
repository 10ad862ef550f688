// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"context"
	"time"
)

// Access and State are the control data: what the service knows beside the keys. One store keeps both.

// Access keeps projects and who may reach them: tokens, API keys and the audit log of the service.
type Access interface {
	Authenticator
	Projects
	Credentials
	AuditLog
}

// Authenticator is asked on the hot path: it answers from memory and takes no lock that a writer holds.
type Authenticator interface {
	// Authenticate returns who bears the token, and notes that it was used.
	// Errors: ErrUnauthorized if it is malformed, unknown, expired or revoked; ErrUnavailable.
	Authenticate(ctx context.Context, t Token) (*Principal, error)
	// HasProject tells whether there is such a project. Errors: ErrUnavailable.
	HasProject(ctx context.Context, id ProjectID) (bool, error)
	// ProjectLimits returns the limits of a project's own, none if there is no such project. Errors: ErrUnavailable.
	ProjectLimits(ctx context.Context, id ProjectID) (ProjectLimits, error)
}

// Projects creates and deletes projects.
type Projects interface {
	// CreateProject creates a project. Errors: ErrConflict if the id asked for is, or ever was, in use.
	CreateProject(ctx context.Context, n NewProject) (Project, error)
	// ListProjects returns all projects by id.
	ListProjects(ctx context.Context) ([]Project, error)
	// Project returns one. Errors: ErrProjectNotFound.
	Project(ctx context.Context, id ProjectID) (Project, error)
	// UpdateProject changes a project and returns it. Errors: ErrProjectNotFound.
	UpdateProject(ctx context.Context, id ProjectID, c ProjectChange) (Project, error)
	// DeleteProject revokes the project's tokens at once and queues its keys for deletion. Errors: ErrProjectNotFound.
	DeleteProject(ctx context.Context, id ProjectID) error
}

// Credentials keeps deployment tokens (Principal.Project is set) and API keys, by their hashes.
type Credentials interface {
	// AddCredential keeps c under the hash of its token and returns it with ID and CreatedAt set.
	// Errors: ErrProjectNotFound.
	AddCredential(ctx context.Context, c Credential, h TokenHash) (Credential, error)
	// Tokens lists a project's deployment tokens, oldest first. Errors: ErrProjectNotFound.
	Tokens(ctx context.Context, p ProjectID) ([]Credential, error)
	// RevokeToken ends a deployment token of that project. Errors: ErrProjectNotFound, ErrTokenNotFound.
	RevokeToken(ctx context.Context, p ProjectID, id string) error
	// APIKeys lists the API keys, oldest first.
	APIKeys(ctx context.Context) ([]Credential, error)
	// RevokeAPIKey ends an API key. Errors: ErrTokenNotFound.
	RevokeAPIKey(ctx context.Context, id string) error
}

// AuditLog is the log of management calls.
type AuditLog interface {
	RecordAudit(ctx context.Context, e AuditEntry) error
	// AuditEntries returns up to limit entries, newest first, from cursor on (empty: the newest), and the cursor
	// of the next page, empty at the end. Errors: ErrInvalid for a cursor that it did not make.
	AuditEntries(ctx context.Context, limit int, cursor string) ([]AuditEntry, string, error)
}

// State is what the lifecycle of the service keeps over restarts.
type State interface {
	// Settings returns what was saved last, DefaultSettings if nothing was.
	Settings(ctx context.Context) (Settings, error)
	SaveSettings(ctx context.Context, s Settings) error
	// Deletions returns the deleted projects whose keys may still be in the store.
	Deletions(ctx context.Context) ([]Deletion, error)
	// Deleted records that the keys of a deleted project are gone.
	Deleted(ctx context.Context, id ProjectID) error
	// Unverified returns the projects whose id was given without a look at the store; Verify records that look.
	Unverified(ctx context.Context) ([]ProjectID, error)
	Verify(ctx context.Context, ids []ProjectID) error
	Documents
}

// RestoreDocument names the document that says which projects are being restored. The control data keep it in the memory
// that requests are checked against, too.
const RestoreDocument = "restore"

// Documents keeps small texts by name: what has to survive a restart and needs no table. Names are letters,
// digits and '_'.
type Documents interface {
	// Document returns what was stored last, empty if nothing was.
	Document(ctx context.Context, name string) (string, error)
	// SwapDocument stores after in place of before, both empty where there is no document, and reports false if another
	// text is stored. Other servers with the same control data read their settings again then, unless it is RestoreDocument.
	SwapDocument(ctx context.Context, name, before, after string) (bool, error)
}

// Deletion is a project that was deleted, and whose keys are still to be.
type Deletion struct {
	Project ProjectID
	At      time.Time
}
