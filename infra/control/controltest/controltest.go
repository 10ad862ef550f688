// SPDX-License-Identifier: Apache-2.0

// Package controltest is what every store of control data has to pass: tests of the packages under infra import it.
package controltest

import (
	"context"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Control is what the operations and the lifecycle ask of control data. What the
// calls do is written where they are asked for: handlers.Control and lifecycle.Control.
type Control interface {
	Access
	Projects
	Credentials
	Service
	RecordAudit(ctx context.Context, e kv.AuditEntry) error
	AuditEntries(ctx context.Context, limit int, cursor string) ([]kv.AuditEntry, string, error)
	Close() error
}

// Access is what a request is checked against.
type Access interface {
	Authenticate(ctx context.Context, t kv.Token) (*kv.Principal, error)
	HasProject(ctx context.Context, id kv.ProjectID) (bool, error)
}

// Projects creates and deletes projects.
type Projects interface {
	CreateProject(ctx context.Context, n kv.NewProject) (kv.Project, error)
	ListProjects(ctx context.Context) ([]kv.Project, error)
	Project(ctx context.Context, id kv.ProjectID) (kv.Project, error)
	DeleteProject(ctx context.Context, id kv.ProjectID) error
}

// Credentials keeps tokens and API keys.
type Credentials interface {
	AddCredential(ctx context.Context, c kv.Credential, h kv.TokenHash) (kv.Credential, error)
	Tokens(ctx context.Context, p kv.ProjectID) ([]kv.Credential, error)
	RevokeToken(ctx context.Context, p kv.ProjectID, id string) error
	APIKeys(ctx context.Context) ([]kv.Credential, error)
	RevokeAPIKey(ctx context.Context, id string) error
	EnsureAdminKey(ctx context.Context, t kv.Token) error
	CreateFirstKey(ctx context.Context) (kv.Token, error)
}

// Service is what the lifecycle keeps over restarts.
type Service interface {
	Settings(ctx context.Context) (kv.Settings, error)
	SaveSettings(ctx context.Context, s kv.Settings) error
	Deletions(ctx context.Context) ([]kv.ProjectID, error)
	Deleted(ctx context.Context, id kv.ProjectID) error
	Unverified(ctx context.Context) ([]kv.ProjectID, error)
	Verify(ctx context.Context, ids []kv.ProjectID) error
}

// Run runs the tests. fresh makes empty control data and returns what opens it; it is opened again after it was
// closed, as by a restart.
func Run(t *testing.T, fresh func(t *testing.T) (open func() Control)) {
	for name, test := range map[string]func(r *rig){
		"ProjectIDs":        projectIDs,
		"ProjectIDsTaken":   projectIDsTaken,
		"ProjectIDsFull":    projectIDsFull,
		"Projects":          projects,
		"DeleteProject":     deleteProject,
		"Unverified":        unverified,
		"Tokens":            tokens,
		"RevokeToken":       revokeToken,
		"APIKeys":           apiKeys,
		"Expiry":            expiry,
		"ImplausibleTokens": implausibleTokens,
		"LastUse":           lastUse,
		"AdminKey":          adminKey,
		"FirstKey":          firstKey,
		"Settings":          settings,
		"Audit":             audit,
		"AuditCursor":       auditCursor,
		"Concurrency":       concurrency,
		"EndedContext":      endedContext,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &rig{T: t, open: fresh(t)}
			r.Control = r.open()
			t.Cleanup(func() { r.ok(r.Close()) })
			test(r)
		})
	}
}

// rig is one test and its control data.
type rig struct {
	*testing.T
	Control
	open func() Control
}

// restart closes the control data and opens it again.
func (r *rig) restart() {
	r.Helper()
	r.ok(r.Close())
	r.Control = r.open()
}

// ok ends the test if there is an error.
func (r *rig) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}
