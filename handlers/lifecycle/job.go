// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Action names a job: in refusals, in the status and in the progress.
type Action string

// The actions of RunShared and RestoreAll.
const (
	Backup  Action = "backup"
	Verify  Action = "verify"
	Restore Action = "restore"
)

const (
	starting  Action = "start" // what was enabled before, by Run itself
	enabling  Action = "enable"
	updating  Action = "update"
	disabling Action = "disable"
	purging   Action = "purge"
	accepting Action = "accept-empty"
)

// Bounds of a job.
const (
	// jobTime is also the bound of the sweep of one project. Pulling an image over a slow line takes longest.
	jobTime = 15 * time.Minute
	// longTime is that of a job that goes through all keys, or a whole backup.
	longTime = 12 * time.Hour
)

// job is one piece of work on the engine or on its keys. It does not depend on the request that asked for it.
type job struct {
	action Action
	change engine.Change
	do     func(ctx context.Context, j *job) error
	limit  time.Duration
	// shared is set if the job leaves the engine and the settings alone.
	shared bool
	// begun is set by do once the checks of a request are over: a failure from there on is kept for the status.
	begun bool
	// cancel ends the job early if the process ends. It may be nil for a job that Run takes from the queue, whose
	// context ends.
	cancel context.CancelFunc
	// yields is set if the job is canceled for one that cannot wait for it.
	yields bool
	done   chan struct{}
	err    error // once done is closed
}

// newJob returns a job on the engine, which reads the settings first if that is still to be done.
func (s *Service) newJob(a Action, c engine.Change, do func(ctx context.Context, j *job) error) *job {
	return &job{
		action: a, change: c, limit: jobTime, begun: a == starting, done: make(chan struct{}),
		do: func(ctx context.Context, j *job) error {
			if err := s.load(ctx); err != nil {
				return err
			}
			return do(ctx, j)
		},
	}
}

// moves reports whether the job leads the service to another Redis.
func (j *job) moves() bool { return j.action == updating && j.change.RedisURL != nil }

// fixesStart reports whether the job may remove the cause of a failing start, by another Redis or other data.
func (j *job) fixesStart() bool { return j.moves() || j.action == Restore && !j.shared }

// displaces reports whether the job interrupts the current one, which may never succeed, or takes long.
func (j *job) displaces(current *job) bool {
	return current.yields && (j.action == disabling || current.action == starting && j.fixesStart())
}

func (j *job) finish(err error) {
	j.err = err
	close(j.done)
}

// wait waits for the end of the job or of ctx.
func (j *job) wait(ctx context.Context) error {
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return kv.Refuse(kv.ErrOutcomeUnknown, "%s goes on; the status shows how it ends", j.action)
	}
}
