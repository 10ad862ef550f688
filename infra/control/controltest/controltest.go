// SPDX-License-Identifier: Apache-2.0

// Package controltest has the tests that every store of control data has to pass. Tests of the packages under infra
// import it.
package controltest

import (
	"context"
	"testing"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
)

// Control is a store of control data, with what a main package needs of it.
type Control interface {
	access.Access
	access.Sessions
	engine.State
	archive.Control
	archive.Schedules
	RestoreDocument(ctx context.Context) (string, error)
	EnsureAdminKey(ctx context.Context, t access.Token) error
	EnsureCredential(ctx context.Context, c access.Credential, h access.TokenHash) (access.Credential, bool, error)
	CreateFirstKey(ctx context.Context) (access.Token, error)
	ConfirmFirstKey(ctx context.Context) error
	AuditDropped(kind access.AuditKind) uint64
	Close() error
}

// MaxSessions is what the stores of the tests are told to keep.
const MaxSessions = 100

// Run runs the tests. fresh makes empty control data and returns a func that opens them, which is called again after they
// were closed, as by a restart.
func Run(t *testing.T, fresh func(t *testing.T) (open func() Control)) {
	for name, test := range map[string]func(r *rig){
		"ProjectIDs":         projectIDs,
		"ProjectIDsTaken":    projectIDsTaken,
		"ProjectIDsFull":     projectIDsFull,
		"Projects":           projects,
		"UpdateProject":      updateProject,
		"UpdateAtOnce":       updateAtOnce,
		"DeleteProject":      deleteProject,
		"Unverified":         unverified,
		"Tokens":             tokens,
		"RevokeToken":        revokeToken,
		"EnsureCredential":   ensureCredential,
		"EnsureAtOnce":       ensureAtOnce,
		"NewProjectLimits":   newProjectLimits,
		"APIKeys":            apiKeys,
		"LastAdmin":          lastAdmin,
		"LastAdminAtOnce":    lastAdminAtOnce,
		"Expiry":             expiry,
		"ImplausibleTokens":  implausibleTokens,
		"LastUse":            lastUse,
		"AdminKey":           adminKey,
		"FirstKey":           firstKey,
		"FirstKeyOnce":       firstKeyOnce,
		"FirstKeyUnshown":    firstKeyUnshown,
		"FirstKeyUsed":       firstKeyUsed,
		"Settings":           settings,
		"Documents":          documents,
		"RestoreDocument":    restoreDocument,
		"Audit":              audit,
		"AuditCursor":        auditCursor,
		"Archive":            archives,
		"ArchiveMerges":      archiveMerges,
		"ArchiveAllOrNone":   archiveAllOrNone,
		"ArchiveIDs":         archiveIDs,
		"ArchiveLarge":       archiveLarge,
		"ArchiveAtOnce":      archiveAtOnce,
		"BackupSchedule":     backupSchedule,
		"BackupScheduleOnce": backupScheduleOnce,
		"Sessions":           sessions,
		"SessionsOfOneKey":   sessionsOfOneKey,
		"SessionsBounded":    sessionsBounded,
		"SessionsAtOnce":     sessionsAtOnce,
		"Downloads":          downloads,
		"Concurrency":        concurrency,
		"EndedContext":       endedContext,
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
