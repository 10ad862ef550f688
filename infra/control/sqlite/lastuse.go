// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tempskv/tempskv/infra/control"
)

// closeTime bounds the last flush, so that a disk that hangs does not keep the program from ending.
const closeTime = 5 * time.Second

// flushForever records the last uses in batches until ctx ends, and then once more.
func (s *Store) flushForever(ctx context.Context) {
	defer close(s.stopped)
	tick := time.NewTicker(s.cfg.FlushEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-tick.C:
			s.trim(ctx) // before the reserve, which is in the log
			err := errors.Join(s.flush(ctx), s.reserve(ctx))
			if err != nil && !failing {
				s.cfg.Log.Warn("recording when tokens were last used, or reserving room; it is tried again", "error", err)
			}
			failing = err != nil
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
			defer cancel()
			if err := s.flush(last); err != nil {
				s.cfg.Log.Warn("recording when tokens were last used", "error", err)
			}
			return
		}
	}
}

// maxLog is the length from which on the log is trimmed, in pages of 4 KiB.
const maxLog = 1 << 10

// trim empties the log if it has grown long. If that is not possible now, it is tried again.
func (s *Store) trim(ctx context.Context) {
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return
	}
	if err := s.db.TrimLog(ctx, maxLog); err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("trim the log of the control data", "error", err)
	}
}

// flush records in one transaction what was used since the last flush.
func (s *Store) flush(ctx context.Context) error {
	if !s.used.Swap(false) {
		return nil
	}
	due := make(map[*control.Bearer]int64)
	note := func(b *control.Bearer) {
		if used, ok := b.Due(); ok {
			due[b] = used
		}
	}
	s.credentials.Range(func(_, b any) bool {
		note(b.(*control.Bearer))
		return true
	})
	if b := s.unchecked.Load(); b != nil {
		note(b)
	}
	if len(due) == 0 {
		return nil
	}
	err := s.write(ctx, func(tx *sql.Tx) (func(), error) { return nil, saveUses(ctx, tx, due) })
	if err != nil {
		s.used.Store(true)
		return err
	}
	for b, used := range due {
		b.Saved(used)
	}
	return nil
}

func saveUses(ctx context.Context, tx *sql.Tx, due map[*control.Bearer]int64) error {
	update, err := tx.PrepareContext(ctx, "UPDATE credentials SET last_used_at = ? WHERE hash = ?")
	if err != nil {
		return err
	}
	defer update.Close()
	for b, used := range due {
		if _, err := update.ExecContext(ctx, used, b.Hash[:]); err != nil {
			return err
		}
	}
	return nil
}
