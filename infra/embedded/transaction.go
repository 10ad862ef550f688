// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// serve applies the ops in one transaction and returns their results to the callers.
func (w *writer) serve(ctx context.Context, ops []*op) {
	answers, err := w.apply(ctx, ops)
	if err != nil && len(ops) > 1 && !errors.Is(err, kv.ErrOutcomeUnknown) {
		// Nothing was applied. Only one of them may have been too large for the disk: each gets its own transaction,
		// so that it does not make the others fail.
		for i := range ops {
			w.serve(ctx, ops[i:i+1])
		}
		return
	}
	for i, o := range ops {
		if err != nil {
			o.end(err)
			continue
		}
		o.end(answers[i])
	}
}

// apply applies the ops, all of them or none, and returns the result of each: nil or why it was refused.
func (w *writer) apply(ctx context.Context, ops []*op) (answers []error, err error) {
	answers = make([]error, 0, len(ops))
	err = w.transaction(ctx, func() error {
		if err := w.prefetch(ctx, ops); err != nil {
			return err
		}
		for _, o := range ops {
			err := o.apply(ctx, w)
			if err != nil && !refused(err) {
				return err
			}
			answers = append(answers, err)
		}
		return nil
	})
	return answers, err
}

// refused reports whether an op that ended in err changed nothing, and left the transaction in order.
func refused(err error) bool {
	return errors.Is(err, kv.ErrNotInteger) || errors.Is(err, kv.ErrOverflow) || errors.Is(err, kv.ErrOutOfMemory) ||
		errors.Is(err, kv.ErrQuotaExceeded) || errors.Is(err, kv.ErrOtherRequest)
}

// transaction runs f in a transaction, which is durable if there is no error and undone if there
// is one, other than ErrOutcomeUnknown.
func (w *writer) transaction(ctx context.Context, f func() error) (err error) {
	if err := w.inPlace(ctx); err != nil {
		return err
	}
	defer func() { _ = w.inPlace(ctx) }() // notes how long the file is now
	if w.uncertain {
		if err := w.loadCounts(ctx); err != nil {
			return err
		}
		w.uncertain = false
	}
	before := w.rowsBefore
	if before < 0 {
		if before, err = w.changed(ctx); err != nil {
			return err
		}
	}
	w.rowsBefore = -1 // until it is committed
	if w.touched = w.touched[:0]; cap(w.touched) > maxTouched {
		w.touched = nil
	}
	defer w.rows.reset()
	defer w.cache.end()
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return sqlite.Err(err)
	}
	used := w.used
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a write: %v\n%s", r, debug.Stack())
		}
		if err != nil {
			w.used = used
			w.uncertain = errors.Is(err, kv.ErrOutcomeUnknown)
			w.counts.undo(0)
			// ROLLBACK returns an error if SQLite has already rolled back.
			_, _ = w.rollback.ExecContext(ctx)
		}
	}()
	if err := f(); err != nil {
		return err
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	sums := w.counts.sums()
	if err := w.writeCounts(ctx, sums); err != nil {
		return err
	}
	after, err := w.changed(ctx)
	if err != nil {
		return err
	}
	next := w.committed
	if after != before {
		next.N++
		after++ // setCommits changes one row
		if _, err := w.setCommits.ExecContext(ctx, next.N); err != nil {
			return sqlite.Err(err)
		}
	}
	w.cache.change(w.touched)
	if _, err = w.commit.ExecContext(ctx); err != nil {
		return sqlite.CommitErr(err)
	}
	w.rowsBefore = after
	w.counts.commit(sums)
	w.count(ctx, next)
	return nil
}

// changed returns how many rows have been changed since the connection was opened.
func (w *writer) changed(ctx context.Context) (n int64, err error) {
	err = w.changes.QueryRowContext(ctx).Scan(&n)
	return n, sqlite.Err(err)
}

// count notes that a transaction is durable, before its callers are notified.
func (w *writer) count(ctx context.Context, c sqlite.Count) {
	if c == w.committed {
		return
	}
	w.committed = c
	w.total.Store(c.N)
	if w.commits == nil {
		return
	}
	if err := w.commits.Set(c); err != nil { // a loss could then not be noticed, but nothing is lost
		w.log.WarnContext(ctx, "the commits of the embedded store are not counted any more", "error", err)
		w.commits = nil
	}
}

// inPlace returns a Refusal of kind ErrUnavailable while the open file is not the one at its path, since writes to it
// would be gone after a restart, and permanently once it was truncated.
func (w *writer) inPlace(ctx context.Context) error {
	if w.place == nil {
		return nil
	}
	err := w.place.CheckWhole(ctx, w.Conn)
	err = w.advise(err)
	detail := ""
	if r, ok := errors.AsType[*kv.Refusal](err); ok {
		detail = r.Detail
	} else if err != nil {
		detail = err.Error()
	}
	if detail != w.misplaced {
		w.misplaced = detail
		w.report(detail)
	}
	return err
}

// advise adds advice to a Refusal of inPlace.
func (w *writer) advise(err error) error {
	r, ok := errors.AsType[*kv.Refusal](err)
	if !ok {
		return err
	}
	advice := misplacedAdvice
	if w.place.Cut() != nil {
		advice = cutAdvice
	}
	return &kv.Refusal{Kind: r.Kind, Detail: r.Detail + advice}
}

// misplacedAdvice says what to do while the open file is not the one at its path.
const misplacedAdvice = ": nothing is read or written until it is back. What it held is still open here: before this server " +
	"is ended, put the file back, or back up what it held and bring that back with: tempskv backup create, then " +
	"tempskv backup restore ID --replace"

// cutAdvice says what to do once the file was truncated.
const cutAdvice = ": nothing is read or written any more, since what was cut off is lost. Bring back a backup in its place, while " +
	"this server runs, with: tempskv backup restore ID --replace (tempskv backup list shows the IDs, and the file is kept aside)"
