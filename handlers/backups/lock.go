// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

// A server that restores increments the heartbeat in the journal. The servers' clocks need not agree: each of these times is
// measured by a single server, and
//
//	maxWriteGap + the longest command (10 s) < takeoverTime
//
// so a server that cannot write the heartbeat has certainly stopped before another one takes over.
const (
	heartbeatInterval = 2 * time.Second
	// maxWriteGap is how long a server continues without writing the journal.
	maxWriteGap = 15 * time.Second
	// takeoverTime is how long the heartbeat stands still before another server takes over.
	takeoverTime = 30 * time.Second
)

var (
	errTakenOver = kv.Refuse(kv.ErrUnavailable, "another server has taken over the restore")
	errLockLost  = kv.Refuse(kv.ErrUnavailable, "the journal of the restore could not be written for too long")
)

// restoreLock is the journal while this server holds it.
type restoreLock struct {
	*Manager
	keys, total atomic.Int64 // of the current step

	mu      sync.Mutex
	text    string   // as it is stored
	unsure  []string // texts that may be stored instead: their writes got no answer
	journal journal
	written time.Time

	cancel context.CancelCauseFunc
	ended  chan struct{}
}

// lockRestore replaces the stored journal, which must equal text, with j held by this server. The context that it returns ends
// when the lock is lost. release or end gives the lock up. Errors: ErrBusy if another text is stored; those of the control
// data.
func (s *Manager) lockRestore(ctx context.Context, text string, j journal) (context.Context, *restoreLock, error) {
	j.Serial++
	j.Restore.Holder, j.Restore.Trouble = s.name, ""
	l := &restoreLock{Manager: s, text: text, journal: j, ended: make(chan struct{})}
	if err := l.swap(ctx, j); err != nil {
		if errors.Is(err, errTakenOver) {
			err = kv.Refuse(kv.ErrBusy, "another server is restoring a backup; the status shows when it has finished")
		}
		return ctx, nil, err
	}
	ctx, l.cancel = context.WithCancelCause(ctx)
	go func() {
		defer close(l.ended)
		l.heartbeat(ctx)
	}()
	return ctx, l, nil
}

// stop stops the heartbeat.
func (l *restoreLock) stop() {
	l.cancel(nil)
	<-l.ended
}

// heartbeat writes the progress of the restore until ctx ends. If that fails for too long, it cancels ctx.
func (l *restoreLock) heartbeat(ctx context.Context) {
	tick := time.NewTicker(heartbeatInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		limited, cancel := context.WithDeadline(ctx, l.lostAt())
		err := l.change(limited, func(p *pending) { p.Keys, p.Total = l.keys.Load(), l.total.Load() })
		cancel()
		if errors.Is(err, errTakenOver) {
			l.cancel(errTakenOver)
		} else if l.lost() {
			l.cancel(errLockLost)
		}
	}
}

// lost reports whether others may take over.
func (l *restoreLock) lost() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	// The monotonic clock stands still while a machine sleeps, and the wall clock may be set back: the larger age counts.
	return max(time.Since(l.written), time.Now().Round(0).Sub(l.written.Round(0))) >= maxWriteGap
}

// lostAt returns when lost will report true.
func (l *restoreLock) lostAt() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.Add(maxWriteGap)
}

// pending returns the restore in the journal.
func (l *restoreLock) pending() pending {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *l.journal.Restore
}

// change changes the restore in the journal with f. Errors: errTakenOver; those of the control data, after which the change
// may or may not be stored.
func (l *restoreLock) change(ctx context.Context, f func(*pending)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, p := l.journal, *l.journal.Restore
	f(&p)
	p.Beat++
	if p.Stage == blocking && l.journal.Restore.Stage == preparing {
		next.Serial++
	}
	next.Restore = &p
	return l.swap(ctx, next)
}

// swap replaces the journal that this server stored last with next.
func (l *restoreLock) swap(ctx context.Context, next journal) error {
	text := next.String()
	began := time.Now()
	swapped, err := l.control.SwapDocument(ctx, engine.RestoreDocument, l.text, text)
	if !swapped { // or only the answer was lost
		stored, errRead := l.control.Document(ctx, engine.RestoreDocument)
		switch {
		case errRead != nil || err != nil && stored == l.text:
			l.unsure = append(l.unsure, text)
			return errors.Join(err, errRead)
		case stored == text:
		case slices.Contains(l.unsure, stored):
			l.text = stored
			return l.swap(ctx, next)
		default:
			return errTakenOver
		}
	}
	l.text, l.unsure, l.journal, l.written = text, nil, next, began
	return nil
}

// release lets any server continue the restore.
func (l *restoreLock) release(ctx context.Context, trouble error) {
	l.stop()
	err := undo(ctx, func(ctx context.Context) error {
		return l.change(ctx, func(p *pending) { p.Holder, p.Trouble = "", explainTrouble(trouble) })
	})
	l.log.Warn("restore interrupted; it will continue automatically", "backup", l.pending().Backup, "error", trouble, "journal", err)
}

// end ends the restore with a result: ok, failed or rolled_back. If the control data cannot be written, this is done later.
func (l *restoreLock) end(ctx context.Context, result string, cause error) {
	l.stop()
	backup := l.pending().Backup
	err := undo(ctx, func(ctx context.Context) error {
		if err := l.change(ctx, func(p *pending) {
			p.Stage, p.Result = over, result
			if cause != nil {
				p.Cause = explain(cause)
			}
		}); err != nil {
			return err
		}
		return l.conclude(ctx)
	})
	log := l.log.Info
	if result != resultOK || err != nil {
		log = l.log.Warn
	}
	log("restore finished", "backup", backup, "result", result, "cause", cause, "journal", err)
}

// conclude writes the audit entry of a finished restore and removes it from the journal. An earlier interrupted restore stays
// there, unless this one replaced its keys.
func (l *restoreLock) conclude(ctx context.Context) error {
	p := l.pending()
	if err := l.audit(ctx, p, p.Result); err != nil {
		return err
	}
	left := p.Earlier
	if p.Result == resultOK {
		if left = p.Earlier.without(p.Projects); p.Scratch {
			left = nil
		}
		if left == nil && p.Earlier != nil {
			if err := l.audit(ctx, *p.Earlier, resultFailed); err != nil {
				return err
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	next := l.journal
	next.Restore = left
	return l.swap(ctx, next)
}
