// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// resumeTime is how often a server checks for an interrupted restore.
const resumeTime = time.Second

// maxPause bounds the time between two attempts to continue it.
const maxPause = time.Minute

// errHeld means that another server runs the restore.
var errHeld = errors.New("another server is restoring")

// observed is the last known heartbeat of the holder of a restore.
type observed struct {
	mu     sync.Mutex
	holder string
	beat   int64
	since  time.Time // when this beat was first seen
}

// dead reports whether the holder of a restore has stopped. Control data that are not shared have a single server,
// which runs one job at a time: a restore in the journal when another job starts was interrupted.
func (s *Manager) dead(p *pending) bool {
	if p.Holder == "" || p.Holder == s.name || !s.shared {
		return true
	}
	o := &s.observed
	o.mu.Lock()
	defer o.mu.Unlock()
	if p.Holder != o.holder || p.Beat != o.beat || o.since.IsZero() {
		o.holder, o.beat, o.since = p.Holder, p.Beat, time.Now()
	}
	return time.Since(o.since) >= takeoverTime
}

// Resume continues interrupted restores, of this or another server, until ctx ends.
func (s *Manager) Resume(ctx context.Context) {
	pause := time.Duration(0)
	tick := time.NewTimer(0)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := s.resumeOnce(ctx)
		switch {
		case err == nil, errors.Is(err, kv.ErrDisabled):
			pause = 0
		case errors.Is(err, errHeld), errors.Is(err, kv.ErrBusy): // failing servers take it from each other
		default: // the status shows the error
			pause = min(2*pause+resumeTime, maxPause)
		}
		tick.Reset(max(pause, resumeTime))
	}
}

// resumeOnce continues an interrupted restore, if there is one. A panic becomes an error. Errors: errHeld.
func (s *Manager) resumeOnce(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic", "job", "resume", "panic", p, "stack", string(debug.Stack()))
			err = kv.ErrUnavailable
		}
	}()
	text, err := s.control.RestoreDocument(ctx)
	if err != nil || text == "" {
		return err
	}
	j, err := parseJournal(text)
	if err != nil || j.Restore == nil {
		return err
	}
	if !s.dead(j.Restore) {
		return errHeld
	}
	if j.Restore.changed() { // continuing needs the store
		lease, err := s.service.Acquire()
		if err != nil {
			return errors.Join(err, s.leave(ctx, text, j.Restore))
		}
		lease.Release()
	}
	return s.service.RunShared(ctx, lifecycle.Restore, func(ctx context.Context) error { return s.resume(ctx, text, j) })
}

// leave records that the restore has no holder, because there is no store. It does nothing if this server is restoring
// and about to switch to another store.
func (s *Manager) leave(ctx context.Context, text string, p *pending) error {
	if p.Holder == "" {
		return nil
	}
	return s.service.RunShared(ctx, lifecycle.Restore, func(ctx context.Context) error {
		j, err := parseJournal(text)
		if err != nil {
			return err
		}
		j.Restore.Holder, j.Restore.Trouble = "", "the engine is not up"
		_, err = s.control.SwapDocument(ctx, engine.RestoreDocument, text, j.String())
		return err
	})
}

// resume takes over a restore and completes it, within a job.
func (s *Manager) resume(ctx context.Context, text string, j journal) error {
	p := *j.Restore
	j.Restore = &p
	if p.Stage == over {
		return s.resumeOver(ctx, text, j)
	}
	s.log.Warn("continue an interrupted restore", "backup", p.Backup, "stage", p.Stage, "trouble", p.Trouble)
	ctx, lock, err := s.lockRestore(ctx, text, j)
	if err != nil {
		return err
	}
	if !p.changed() {
		lock.end(ctx, resultFailed, kv.Refuse(kv.ErrUnavailable, "the server stopped before anything was changed"))
		return nil
	}
	r := &restore{
		Manager: s, lock: lock, projects: p.Projects,
		o: RestoreOptions{Project: p.Project, Into: p.Into, KeysOnly: p.KeysOnly, Replace: true},
	}
	r.backup, err = s.Backup(ctx, p.Backup)
	switch {
	case errors.Is(err, kv.ErrBackupNotFound), errors.Is(err, kv.ErrBackupDamaged):
		// The journal holds what is needed to roll back.
		r.backup = Manifest{Header: Header{ID: p.Backup, Scope: WholeService}}
	case err != nil:
		lock.release(ctx, err)
		return err
	}
	if p.Scratch {
		return r.resumeSwitch(ctx)
	}
	return r.carryOut(ctx)
}

func (s *Manager) resumeOver(ctx context.Context, text string, j journal) error {
	ctx, lock, err := s.lockRestore(ctx, text, j)
	if err != nil {
		return err
	}
	lock.stop()
	return undo(ctx, lock.conclude)
}

// resumeSwitch continues a restore into a store that was to replace the one in use.
func (r *restore) resumeSwitch(ctx context.Context) error {
	lease, err := r.service.Acquire()
	if err == nil {
		if r.lock.pending().Stage == switching {
			err = r.finishSwitch(ctx, lease)
		} else {
			err = r.forward(ctx, lease, true)
		}
		lease.Release()
	}
	undone, isUndone := errors.AsType[*rolledBack](err)
	switch {
	case err == nil:
		r.lock.end(ctx, resultOK, nil)
	case isUndone:
		r.lock.end(ctx, resultFailed, undone.error)
	default:
		r.lock.release(ctx, err)
	}
	return unmark(err)
}
