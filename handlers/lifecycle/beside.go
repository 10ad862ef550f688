// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// Action names a job, in refusals, in the status and to those who follow the progress.
type Action string

// The jobs of others, for Beside. Those of the engine have names of their own.
const (
	Backup  Action = "backup"
	Verify  Action = "verify"
	Restore Action = "restore"
)

// longTime bounds a job that goes through all keys, or a whole backup.
const longTime = 12 * time.Hour

// Beside does work that goes through all keys, or a whole backup: while it is under way no enable, update or purge begins,
// and only one of it. The store goes on serving. Work that changes nothing ends early where the service is to be
// disabled. Like those, it goes on if ctx ends. Errors: ErrBusy; ErrOutcomeUnknown if ctx ends first; what do returns.
func (s *Service) Beside(ctx context.Context, a Action, do func(ctx context.Context) error) error {
	j := newJob(a, kv.Change{}, nil)
	working, cancel := context.WithTimeout(context.WithoutCancel(ctx), longTime)
	j.cancel = cancel
	if a != Restore {
		j.interrupt = cancel
	}
	if err := s.claim(j); err != nil {
		cancel()
		return err
	}
	go func() {
		defer s.beside.Done()
		defer cancel()
		s.progress.begin(a)
		err := s.recovered(a, func() error { return do(working) })
		if err != nil && working.Err() != nil {
			err = kv.Refuse(kv.ErrUnavailable, "%s was interrupted: the service is being turned off, or it took too long", a)
		}
		if s.isCurrent(j) { // else a disable has taken over
			s.tellEnd(err, j)
		}
		s.release(j, err)
	}()
	return wait(ctx, j)
}

// claim makes the job the current one, for work that Run does not do.
func (s *Service) claim(j *job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return errEnded
	case s.current != nil:
		return busy(s.current)
	}
	s.current = j
	s.beside.Add(1)
	return nil
}

func (s *Service) isCurrent(j *job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current == j
}
