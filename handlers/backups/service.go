// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// Control is what backups need of the control data.
type Control interface {
	archive.Control
	archive.Schedules
	access.AuditLog
	engine.Documents
	// RestoreDocument returns the document of that name from memory. It is at most a few seconds old.
	RestoreDocument(ctx context.Context) (string, error)
	// Deletions returns the deleted projects whose keys may still be in the store.
	Deletions(ctx context.Context) ([]engine.Deletion, error)
	// Project returns one project. Errors: kv.ErrProjectNotFound.
	Project(ctx context.Context, id kv.ProjectID) (access.Project, error)
	ListProjects(ctx context.Context) ([]access.Project, error)
}

// Config is what New needs. Service, Control, Files and Version are required.
type Config struct {
	Service *lifecycle.Service
	Control Control
	Files   archive.Files
	Version string // of tempskv
	// Shared says that other servers use the same control data: a restore waits for them.
	Shared bool
	// CallTime is how long a data call may last, at any of these servers. Default: 10 s.
	CallTime time.Duration
	// Progress receives the current step. Default: none.
	Progress *lifecycle.Progress
	// Exclusive says that no other server ever writes to Files: the remains of incomplete backups are removed at the start.
	// Default: others may be writing.
	Exclusive bool
	// Unshared says why a schedule is refused: several servers may use the same control data, but each has its own Files.
	// Default: a schedule is accepted.
	Unshared string
	// Clock is the clock to use. Default: that of the machine.
	Clock archive.Clock
	// Log receives errors of background work. Default: none.
	Log *slog.Logger
}

// Manager makes, keeps and restores backups.
type Manager struct {
	service  *lifecycle.Service
	control  Control
	files    archive.Files
	version  string
	shared   bool
	callTime time.Duration
	name     string // of this process in the journal of restores
	observed observed
	progress *lifecycle.Progress
	log      *slog.Logger
	wake     chan struct{} // holds a token after the schedule was changed

	exclusive  bool
	unshared   string
	clock      archive.Clock
	eventTimes eventTimes
	clockSteps clockSteps
	catalog    catalog
}

// New returns a Manager. Run makes the scheduled backups; Resume continues interrupted restores.
func New(c Config) *Manager {
	s := &Manager{
		service: c.Service, control: c.Control, files: c.Files, version: c.Version, progress: c.Progress, log: c.Log,
		wake: make(chan struct{}, 1), exclusive: c.Exclusive, unshared: c.Unshared, clock: c.Clock,
		shared: c.Shared, callTime: c.CallTime, name: rand.Text(),
	}
	if s.clock == nil {
		s.clock = archive.NewClock()
	}
	s.eventTimes.clock, s.clockSteps.clock = s.clock, s.clock
	if s.progress == nil {
		s.progress = lifecycle.NewProgress()
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// Location describes where backups are kept, without secrets.
func (s *Manager) Location() string { return s.files.String() }

// step reports what is being done.
func (s *Manager) showProgress(name string, percent int) {
	s.progress.Step(engine.Step{Name: name, Percent: percent})
}

// now returns the time in UTC to the millisecond, as in manifests.
func (s *Manager) now() time.Time { return s.clock.Wall().UTC().Truncate(time.Millisecond) }
