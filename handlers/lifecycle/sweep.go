// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// lateWriteTime is how long after the deletion of a project its keys are swept for the last time: a write that was
// accepted before may come after the first sweep. It is longer than a body may take to arrive and be stored.
const lateWriteTime = time.Minute

// resweepTime is how often a process looks for deleted projects that another one should have swept.
const resweepTime = 3 * lateWriteTime

// Wake starts the sweep now, after a project was deleted. It does not wait.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Service) sweepForever(ctx context.Context, store kv.Store) {
	swept := map[kv.ProjectID]time.Time{}
	var pause backoff
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-next.C:
		}
		err := s.sweep(ctx, store, swept)
		switch {
		case err != nil && ctx.Err() == nil:
			if pause == (backoff{}) { // the first of a row
				s.log.Warn("sweeping deleted projects; it goes on", "error", explain(err, s.state.Load().settings))
			}
			next.Reset(pause.next())
			continue
		case len(swept) > 0:
			next.Reset(lateWriteTime)
		case s.changed != nil:
			next.Reset(resweepTime) // another process may have ended before it was done
		default:
			next.Stop()
		}
		pause = backoff{}
	}
}

// Sweep deletes the keys of deleted projects once, for a service that is OnUse. Those of a project that was deleted less
// than a minute ago are for another call to finish. Errors: those of the store and the control data.
func (s *Service) Sweep(ctx context.Context) error {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	s.Ready(ctx)
	lease, err := s.Acquire()
	if errors.Is(err, kv.ErrDisabled) {
		return nil
	}
	if err != nil {
		return err
	}
	defer lease.Release()
	return s.sweep(ctx, lease, s.swept)
}

// sweep deletes the keys of every deleted project at once, and again when lateWriteTime is over. swept holds those of
// which only the second time is left, and since when.
func (s *Service) sweep(ctx context.Context, store kv.Store, swept map[kv.ProjectID]time.Time) error {
	return s.recovered("sweep", func() error { return s.sweepAll(ctx, store, swept) })
}

func (s *Service) sweepAll(ctx context.Context, store kv.Store, swept map[kv.ProjectID]time.Time) error {
	if s.Distrust() != nil { // once keys come back, those of deleted projects come too
		return nil
	}
	deletions, err := s.control.Deletions(ctx)
	if err == nil { // another process may have been done first
		maps.DeleteFunc(swept, func(id kv.ProjectID, _ time.Time) bool {
			return !slices.ContainsFunc(deletions, func(d engine.Deletion) bool { return d.Project == id })
		})
	}
	for _, d := range deletions {
		err = errors.Join(err, s.sweepProject(ctx, store, d, swept))
	}
	return err
}

func (s *Service) sweepProject(ctx context.Context, store kv.Store, d engine.Deletion, swept map[kv.ProjectID]time.Time) error {
	since, again := swept[d.Project]
	// Where the clock that dated the deletion was ahead, the time since the first sweep counts.
	settled := time.Since(d.At) >= lateWriteTime || again && time.Since(since) >= lateWriteTime
	if again && !settled {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, jobTime)
	defer cancel()
	err := s.unlessHeld(limited, d.Project, func(ctx context.Context) error { return store.DeleteProject(ctx, d.Project) })
	if err != nil {
		return fmt.Errorf("keys of project %d: %w", d.Project, err)
	}
	if !settled {
		swept[d.Project] = time.Now()
		return nil
	}
	if err := s.control.Deleted(ctx, d.Project); err != nil {
		return err
	}
	delete(swept, d.Project)
	s.log.Info("the keys of a deleted project are gone", "project", d.Project)
	return nil
}
