// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// How long after storing the journal a restore waits for other servers before it touches a key.
//
// A server uses control data that are at most 5 s old (MaxAge in infra/control/redis, by the larger of its two clocks), and
// refuses every request if it could not read them for that long. So a data call admitted more than 5 s after the journal was
// stored has seen it. A call admitted earlier runs at most for the request timeout, by default 10 s. The deletion of a
// project's keys checks the journal once a second and stops. Exports, backups and other restores check the journal when they
// end. One second is a margin for delays of the machines.
const (
	seenTime   = 5 * time.Second
	marginTime = time.Second
	// defaultCallTime is the default request timeout.
	defaultCallTime = 10 * time.Second
)

// drainTime bounds the wait for calls of this server. Longer uses of the store are told to stop.
const drainTime = 90 * time.Second

// blockCalls makes all servers refuse data calls of the projects, and returns when no earlier call is running.
func (l *restoreLock) blockCalls(ctx context.Context, f func(*pending)) error {
	l.showProgress("wait for earlier calls", 0)
	begun := time.Now()
	if err := l.change(ctx, func(p *pending) { p.Stage = blocking; f(p) }); err != nil {
		return err
	}
	draining, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	if err := l.service.Drain(draining); err != nil {
		return err
	}
	if !l.shared {
		return nil
	}
	wait := time.NewTimer(time.Until(begun.Add(seenTime + marginTime + max(l.callTime, defaultCallTime))))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// guardRead refuses to read all keys of a project, or of the service if project is 0, while they are being replaced. After
// reading, call check: it returns an error if keys were replaced meanwhile.
// Errors of both: a Refusal of kind ErrUnavailable; those of the control data.
func (s *Manager) guardRead(ctx context.Context, project kv.ProjectID) (check func(ctx context.Context) error, err error) {
	look := func(ctx context.Context) (int64, error) {
		_, j, err := s.readJournal(ctx)
		if err != nil {
			return 0, err
		}
		// The keys of an interrupted restore do not change: a backup of that project alone may help to get out of it.
		h := j.hold()
		if h != nil && (h.Running || project == 0) && (h.Covers(project) || project == 0 && len(h.Projects) > 0) {
			return 0, kv.Refuse(kv.ErrUnavailable, "%s", h.Warning)
		}
		return j.Serial, nil
	}
	before, err := look(ctx)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if after, err := look(ctx); err != nil || after == before {
			return err
		}
		return kv.Refuse(kv.ErrUnavailable, "keys were replaced by a restore while they were read: try again")
	}, nil
}

// checkNotRestoring refuses to remove a backup that a restore needs, also for rolling back. Errors: ErrBusy.
func (s *Manager) checkNotRestoring(ctx context.Context, id string) error {
	_, j, err := s.readJournal(ctx)
	for p := j.Restore; err == nil && p != nil; p = p.Earlier {
		if (id == p.Backup || id == p.Before) && p.Stage != over {
			err = kv.Refuse(kv.ErrBusy, "%s, and needs this backup", p.describe())
		}
	}
	return err
}
