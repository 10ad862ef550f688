// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// How long a restore waits for other servers before it touches a key, from when the journal is stored on.
//
// A server answers from control data that are at most 5 s old (MaxAge in infra/control/redis, by the larger of its two
// clocks), and refuses everybody when it could not look for so long. So a data call that is let in later than 5 s after the
// journal was stored has seen it. One that was let in before may go on for as long as a data call may last: the request
// timeout, 10 s where a server has its default. The sweep of a deleted project looks once a second, and gives up then.
// Exports, backups and other restores look at the journal when they end. One second is for what the machines may be late.
const (
	seenTime   = 5 * time.Second
	marginTime = time.Second
	// defaultCallTime is the request timeout of servers that do not set one.
	defaultCallTime = 10 * time.Second
)

// drainTime bounds the wait for calls of this server. All that holds the store longer is told to end.
const drainTime = 90 * time.Second

// seclude has all servers refuse the data calls of the projects, and returns once no call is left that came before.
func (c *tenure) seclude(ctx context.Context, f func(*pending)) error {
	c.step("wait for the calls that came before", 0)
	begun := time.Now()
	if err := c.change(ctx, func(p *pending) { p.Stage = secluding; f(p) }); err != nil {
		return err
	}
	draining, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	if err := c.service.Drain(draining); err != nil {
		return err
	}
	if !c.shared {
		return nil
	}
	wait := time.NewTimer(time.Until(begun.Add(seenTime + marginTime + max(c.callTime, defaultCallTime))))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// quiet refuses to read all keys of a project, or of the service where project is 0, while they are being replaced. It
// returns what tells, at the end of the reading, whether they were.
// Errors of both: a Refusal of kind ErrUnavailable; those of the control data.
func (s *Service) quiet(ctx context.Context, project kv.ProjectID) (check func(ctx context.Context) error, err error) {
	look := func(ctx context.Context) (int64, error) {
		_, j, err := s.readJournal(ctx)
		if err != nil {
			return 0, err
		}
		// What waits to go on is as it is: a backup of that project alone may be a way out of it.
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
		return kv.Refuse(kv.ErrUnavailable, "keys were replaced by a restore while they were read: do it again")
	}, nil
}

// unlessRestored refuses to remove a backup that a restore needs, or may need to go back. Errors: ErrBusy.
func (s *Service) unlessRestored(ctx context.Context, id string) error {
	_, j, err := s.readJournal(ctx)
	for p := j.Restore; err == nil && p != nil; p = p.Earlier {
		if (id == p.Backup || id == p.Before) && p.Stage != over {
			err = kv.Refuse(kv.ErrBusy, "%s, and needs this backup", p.describe())
		}
	}
	return err
}
