// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// Control is what backups need of the control data.
type Control interface {
	kv.Archive
	kv.BackupPlans
	kv.AuditLog
	kv.Documents
	// RestoreDocument is Document of that name, from memory that is a few seconds old at most.
	RestoreDocument(ctx context.Context) (string, error)
	// Deletions returns the deleted projects whose keys may still be in the store.
	Deletions(ctx context.Context) ([]kv.Deletion, error)
	// Project returns one project. Errors: kv.ErrProjectNotFound.
	Project(ctx context.Context, id kv.ProjectID) (kv.Project, error)
	ListProjects(ctx context.Context) ([]kv.Project, error)
}

// Config is what New needs. Service, Control, Files and Version are required.
type Config struct {
	Service *lifecycle.Service
	Control Control
	Files   kv.BackupFiles
	Version string // of tempskv
	// Shared tells that other servers have the same control data: a restore waits for them.
	Shared bool
	// CallTime is how long a data call may last, at any of these servers. Default: 10 s.
	CallTime time.Duration
	// Progress takes the steps of what is done. Default: nobody is told.
	Progress *lifecycle.Progress
	// Exclusive says that no other server writes to Files, now or ever: what is left there of a backup that was not
	// completed goes at the start. Default: others may be writing.
	Exclusive bool
	// Unshared says why a schedule is refused where several servers may have the same control data, and each has Files of
	// its own. Default: it is not.
	Unshared string
	// Clock tells the time. Default: that of the machine.
	Clock kv.Clock
	// Log takes what goes wrong without anybody asking. Default: none.
	Log *slog.Logger
}

// Service makes, keeps and restores backups.
type Service struct {
	service  *lifecycle.Service
	control  Control
	files    kv.BackupFiles
	version  string
	shared   bool
	callTime time.Duration
	name     string // of this process, in the journal of restores
	observed observed
	progress *lifecycle.Progress
	log      *slog.Logger
	wake     chan struct{} // holds a token where the plan was changed

	exclusive bool
	unshared  string
	clock     kv.Clock
	memory    memory
	steps     steps
	shelf     shelf
}

// New returns a service. Run makes backups by the plan, and Resume goes on with restores that were interrupted.
func New(c Config) *Service {
	s := &Service{
		service: c.Service, control: c.Control, files: c.Files, version: c.Version, progress: c.Progress, log: c.Log,
		wake: make(chan struct{}, 1), exclusive: c.Exclusive, unshared: c.Unshared, clock: c.Clock,
		shared: c.Shared, callTime: c.CallTime, name: rand.Text(),
	}
	if s.clock == nil {
		s.clock = kv.NewClock()
	}
	s.memory.clock, s.steps.clock = s.clock, s.clock
	if s.progress == nil {
		s.progress = lifecycle.NewProgress()
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// Location tells where backups are kept, without what is secret.
func (s *Service) Location() string { return s.files.String() }

// step tells what is being done.
func (s *Service) step(name string, percent int) {
	s.progress.Step(kv.Step{Name: name, Percent: percent})
}

// now is the time in UTC to the millisecond, as manifests have it.
func (s *Service) now() time.Time { return s.clock.Wall().UTC().Truncate(time.Millisecond) }
