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

// serve applies the ops in one transaction and answers them.
func (w *writer) serve(ctx context.Context, ops []*op) {
	answers, err := w.apply(ctx, ops)
	if err != nil && len(ops) > 1 && !errors.Is(err, kv.ErrOutcomeUnknown) {
		// Nothing was applied. What was too much for the disk may have been one of them: each gets a
		// transaction to itself, so that it does not drag the others down.
		for i := range ops {
			w.serve(ctx, ops[i:i+1])
		}
		return
	}
	for i, o := range ops {
		if err != nil {
			o.done <- err
			continue
		}
		o.done <- answers[i]
	}
}

// apply applies the ops, all of them or none, and returns the answer to each: nil or why it was refused.
func (w *writer) apply(ctx context.Context, ops []*op) (answers []error, err error) {
	answers = make([]error, 0, len(ops))
	err = w.transaction(ctx, func() error {
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

// refused tells whether an op that ended in err changed nothing, and left the transaction in order.
func refused(err error) bool {
	return errors.Is(err, kv.ErrNotInteger) || errors.Is(err, kv.ErrOverflow) || errors.Is(err, kv.ErrOutOfMemory) ||
		errors.Is(err, kv.ErrOtherRequest)
}

// transaction runs f in a transaction, which is durable if there is no error and undone if there
// is one, other than ErrOutcomeUnknown.
func (w *writer) transaction(ctx context.Context, f func() error) (err error) {
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
			if errors.Is(err, kv.ErrOutcomeUnknown) {
				w.counts.forget()
			}
			w.counts.undo(0)
			// It has nothing to undo, and says so, where SQLite has done it already.
			_, _ = w.rollback.ExecContext(ctx)
		}
	}()
	if err := f(); err != nil {
		return err
	}
	if w.used != used {
		if _, err := w.setUsage.ExecContext(ctx, w.used); err != nil {
			return sqlite.Err(err)
		}
	}
	_, err = w.commit.ExecContext(ctx)
	if err == nil {
		w.counts.commit()
	}
	return sqlite.CommitErr(err)
}
