// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"context"
	"time"
)

// Access and State are the control data: everything that the service stores apart from keys. One store implements both.

// Access stores projects, tokens, API keys and the audit log.
type Access interface {
	Authenticator
	Projects
	Credentials
	AuditLog
}

// Authenticator is used on the hot path: it answers from memory and takes no lock that a writer holds.
type Authenticator interface {
	// Authenticate returns the owner of the token, and records its use. Errors: ErrUnauthorized if the token is
	// malformed, unknown, expired or revoked; ErrUnavailable.
	Authenticate(ctx context.Context, t Token) (*Principal, error)
	// HasProject reports whether there is such a project. Errors: ErrUnavailable.
	HasProject(ctx context.Context, id ProjectID) (bool, error)
	// ProjectLimits returns the limits of the project, none if there is no such project. Errors: ErrUnavailable.
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

// Credentials stores deployment tokens (Principal.Project is set) and API keys, by their hashes.
type Credentials interface {
	// AddCredential stores c under the hash of its token and returns it with ID and CreatedAt set. Errors:
	// ErrProjectNotFound.
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
	// AuditEntries returns up to limit entries, newest first, starting at cursor (empty: the newest), and the cursor of
	// the next page, empty at the end. Errors: ErrInvalid for a cursor that it did not return.
	AuditEntries(ctx context.Context, limit int, cursor string) ([]AuditEntry, string, error)
}

// State is what the lifecycle of the service stores.
type State interface {
	// Settings returns the stored settings, DefaultSettings if there are none.
	Settings(ctx context.Context) (Settings, error)
	SaveSettings(ctx context.Context, s Settings) error
	// Deletions returns the deleted projects whose keys may still be in the store.
	Deletions(ctx context.Context) ([]Deletion, error)
	// Deleted records that the keys of a deleted project are removed.
	Deleted(ctx context.Context, id ProjectID) error
	// Unverified returns the projects whose id was assigned without checking the store for keys; Verify records that
	// check.
	Unverified(ctx context.Context) ([]ProjectID, error)
	Verify(ctx context.Context, ids []ProjectID) error
	Documents
}

// RestoreDocument is the name of the document that lists the projects being restored. The control data also keep it in
// memory, because every request is checked against it.
const RestoreDocument = "restore"

// Documents stores small texts by name: state that must survive a restart but needs no table. Names consist of letters,
// digits and '_'.
type Documents interface {
	// Document returns the stored text, empty if there is none.
	Document(ctx context.Context, name string) (string, error)
	// SwapDocument replaces before with after, where empty means no document, and reports false if another text is
	// stored. Other servers with the same control data then read their settings again, except for RestoreDocument.
	SwapDocument(ctx context.Context, name, before, after string) (bool, error)
}

// Deletion is a deleted project whose keys are still to be removed.
type Deletion struct {
	Project ProjectID
	At      time.Time
}
