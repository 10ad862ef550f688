// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// settleTime is how long after a first sweep a project's keys are swept once more: a write that was let in before the
// project was deleted may have come after that sweep. It is longer than a body may take to arrive and be stored.
const settleTime = time.Minute

// othersTime is how often a process looks for deleted projects that another one should have swept.
const othersTime = 3 * settleTime

// Wake tells that a project was deleted, so that the sweep of its keys begins now. It does not wait.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Service) sweepForever(ctx context.Context, store kv.Store) {
	swept := make(map[kv.ProjectID]time.Time)
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
			next.Reset(settleTime)
		case s.changed != nil:
			next.Reset(othersTime) // another process may have ended before it was done
		default:
			next.Stop()
		}
		pause = backoff{}
	}
}

// Sweep deletes the keys of deleted projects, for a service that is OnUse. It returns where none are left, or ctx
// would end before the last of them may go: then the next call goes on. Errors: those of the store and the control data.
func (s *Service) Sweep(ctx context.Context) error {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	s.Ready(ctx)
	lease, err := s.Acquire()
	if err != nil {
		if errors.Is(err, kv.ErrDisabled) {
			return nil
		}
		return err
	}
	defer lease.Release()
	for {
		if err := s.sweep(ctx, lease, s.swept); err != nil || len(s.swept) == 0 {
			return err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < settleTime {
			return nil
		}
		select {
		case <-time.After(settleTime):
		case <-ctx.Done():
			return nil
		}
	}
}

// sweep deletes the keys of every deleted project once, and after settleTime for the second and last time.
// swept holds when the first was done.
func (s *Service) sweep(ctx context.Context, store kv.Store, swept map[kv.ProjectID]time.Time) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic", "job", "sweep", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("sweep: panic: %v", p)
		}
	}()
	ids, err := s.control.Deletions(ctx)
	if err == nil { // another process may have been done first
		maps.DeleteFunc(swept, func(id kv.ProjectID, _ time.Time) bool { return !slices.Contains(ids, id) })
	}
	for _, id := range ids {
		err = errors.Join(err, s.sweepProject(ctx, store, id, swept))
	}
	return err
}

func (s *Service) sweepProject(ctx context.Context, store kv.Store, id kv.ProjectID,
	swept map[kv.ProjectID]time.Time) error {
	first, again := swept[id]
	if again && time.Since(first) < settleTime {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, jobTime)
	defer cancel()
	if err := store.DeleteProject(limited, id); err != nil {
		return fmt.Errorf("keys of project %d: %w", id, err)
	}
	if !again {
		swept[id] = time.Now().Round(0) // by the wall clock, which a process that was frozen sees move
		return nil
	}
	if err := s.control.Deleted(ctx, id); err != nil {
		return err
	}
	delete(swept, id)
	s.log.Info("the keys of a deleted project are gone", "project", id)
	return nil
}
