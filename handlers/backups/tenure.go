// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// A server that restores counts the beat of the journal up. The times need no clocks that agree: each is measured by one
// server alone, and
//
//	silentTime + what a command may take (10 s) < deadTime
//
// so that who could not beat has stopped for certain before another one takes over.
const (
	beatTime = 2 * time.Second
	// silentTime is how long a server goes on that could not write the journal.
	silentTime = 15 * time.Second
	// deadTime is for how long the others see the same beat before one of them takes over.
	deadTime = 30 * time.Second
)

var (
	errTaken  = kv.Refuse(kv.ErrUnavailable, "another server has taken the restore over")
	errSilent = kv.Refuse(kv.ErrUnavailable, "the journal of the restore could not be written for too long")
)

// tenure is the journal while this server is the holder.
type tenure struct {
	*Service
	keys, total atomic.Int64 // of the step under way

	mu      sync.Mutex
	text    string   // as it is stored
	unsure  []string // what may be stored in its place: no answer told whether it is
	journal journal
	written time.Time

	cancel context.CancelCauseFunc
	ended  chan struct{}
}

// hold stores a journal whose holder this server is in place of the text, and returns the context in which it is the
// holder. release ends that. Errors: ErrBusy if another text is stored; those of the control data.
func (s *Service) hold(ctx context.Context, text string, j journal) (context.Context, *tenure, error) {
	j.Serial++
	j.Restore.Holder, j.Restore.Trouble = s.name, ""
	c := &tenure{Service: s, text: text, journal: j, ended: make(chan struct{})}
	if err := c.swap(ctx, j); err != nil {
		if errors.Is(err, errTaken) {
			err = kv.Refuse(kv.ErrBusy, "another server restores a backup; the status tells when it is over")
		}
		return ctx, nil, err
	}
	ctx, c.cancel = context.WithCancelCause(ctx)
	go func() {
		defer close(c.ended)
		c.beat(ctx)
	}()
	return ctx, c, nil
}

// stop ends the beat.
func (c *tenure) stop() {
	c.cancel(nil)
	<-c.ended
}

// beat writes how far the restore is, until ctx ends. Where that fails it ends ctx.
func (c *tenure) beat(ctx context.Context) {
	tick := time.NewTicker(beatTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		limited, cancel := context.WithDeadline(ctx, c.silentAt())
		err := c.change(limited, func(p *pending) { p.Keys, p.Total = c.keys.Load(), c.total.Load() })
		cancel()
		if errors.Is(err, errTaken) {
			c.cancel(errTaken)
		} else if c.silent() {
			c.cancel(errSilent)
		}
	}
}

// silent reports whether others may take over.
func (c *tenure) silent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The clock of a machine that slept may have stood still, and the other one may be set back: the larger age counts.
	return max(time.Since(c.written), time.Now().Round(0).Sub(c.written.Round(0))) >= silentTime
}

// silentAt returns when silent will report true.
func (c *tenure) silentAt() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.written.Add(silentTime)
}

// pending returns the restore as the journal has it.
func (c *tenure) pending() pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.journal.Restore
}

// change stores a journal that f has changed. Errors: errTaken; those of the control data, after which it may be stored
// or not.
func (c *tenure) change(ctx context.Context, f func(*pending)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next, p := c.journal, *c.journal.Restore
	f(&p)
	p.Beat++
	if p.Stage == secluding && c.journal.Restore.Stage == preparing {
		next.Serial++
	}
	next.Restore = &p
	return c.swap(ctx, next)
}

// swap stores next in place of what this server stored last.
func (c *tenure) swap(ctx context.Context, next journal) error {
	text := next.String()
	began := time.Now()
	swapped, err := c.control.SwapDocument(ctx, kv.RestoreDocument, c.text, text)
	if !swapped { // unless only the answer is missing
		stored, errRead := c.control.Document(ctx, kv.RestoreDocument)
		switch {
		case errRead != nil || err != nil && stored == c.text:
			c.unsure = append(c.unsure, text)
			return errors.Join(err, errRead)
		case stored == text:
		case slices.Contains(c.unsure, stored):
			c.text = stored
			return c.swap(ctx, next)
		default:
			return errTaken
		}
	}
	c.text, c.unsure, c.journal, c.written = text, nil, next, began
	return nil
}

// release leaves the restore to any server that can go on with it.
func (c *tenure) release(ctx context.Context, trouble error) {
	c.stop()
	err := undo(ctx, func(ctx context.Context) error {
		return c.change(ctx, func(p *pending) { p.Holder, p.Trouble = "", explainTrouble(trouble) })
	})
	c.log.Warn("a restore is interrupted and goes on by itself", "backup", c.pending().Backup, "error", trouble, "journal", err)
}

// end ends the restore with a result: ok, failed or rolled_back. Where the control data do not take that, it is done later.
func (c *tenure) end(ctx context.Context, result string, cause error) {
	c.stop()
	backup := c.pending().Backup
	err := undo(ctx, func(ctx context.Context) error {
		if err := c.change(ctx, func(p *pending) {
			p.Stage, p.Result = over, result
			if cause != nil {
				p.Cause = explain(cause)
			}
		}); err != nil {
			return err
		}
		return c.conclude(ctx)
	})
	log := c.log.Info
	if result != resultOK || err != nil {
		log = c.log.Warn
	}
	log("a restore is over", "backup", backup, "result", result, "cause", cause, "journal", err)
}

// conclude writes the audit entry of a restore that is over, and takes it out of the journal. What an earlier one left half
// stays there, unless this one replaced it.
func (c *tenure) conclude(ctx context.Context) error {
	p := c.pending()
	if err := c.audit(ctx, p, p.Result); err != nil {
		return err
	}
	left := p.Earlier
	if p.Result == resultOK {
		if left = p.Earlier.without(p.Projects); p.Scratch {
			left = nil
		}
		if left == nil && p.Earlier != nil {
			if err := c.audit(ctx, *p.Earlier, resultFailed); err != nil {
				return err
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.journal
	next.Restore = left
	return c.swap(ctx, next)
}
