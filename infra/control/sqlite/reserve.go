// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// What is kept in reserve for a disk that gets full: revoking a token, turning the service off and their like still
// have to work, and to be in the audit log.
const (
	reservedLog   = 1 << 20   // bytes of the log: the largest transaction that then works
	reservedPages = 32        // free pages of the file
	reservedText  = 256 << 10 // bytes that make more than those
	// roomToGrow is what the disk needs to have free for what only adds, in bytes.
	roomToGrow = 256 << 10
)

// reserveName is the document that is stored and removed to have free pages. It is never read.
const reserveName = "reserve"

// reserve makes the reserve, if it is not there and there is room for many of it.
func (s *Store) reserve(ctx context.Context) error {
	free, err := sqlite.Free(s.path)
	if err != nil || free < 2*reservedLog {
		return err
	}
	if err := s.reservePages(ctx); err != nil {
		return err
	}
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return sqlite.Err(ctx.Err())
	}
	return sqlite.ReserveWAL(s.path, reservedLog)
}

// reservePages has the file hold free pages: a large text is stored and deleted.
func (s *Store) reservePages(ctx context.Context) error {
	var pages int
	if err := s.db.Read.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&pages); err != nil || pages >= reservedPages {
		return sqlite.Err(err)
	}
	err := s.exec(ctx, "INSERT OR REPLACE INTO documents (name, text) VALUES (?, printf('%.*c', ?, ' '))", reserveName, reservedText)
	if err == nil {
		err = s.exec(ctx, "DELETE FROM documents WHERE name = ?", reserveName)
	}
	if err == nil {
		err = s.checkpoint(ctx) // or only the log would have them
	}
	return err
}

// checkpoint copies the log to the file, so that the next write begins at its start.
func (s *Store) checkpoint(ctx context.Context) error {
	_, err := s.db.Write.ExecContext(ctx, "PRAGMA wal_checkpoint(RESTART)")
	return sqlite.Err(err)
}

// transact runs f in a transaction. Where the disk is full, what the log has reserved is taken into use, and f is
// called again.
func (s *Store) transact(ctx context.Context, f func(tx *sql.Tx) (committed func(), err error)) (committed func(), err error) {
	committed, err = s.transactOnce(ctx, f)
	if !errors.Is(err, kv.ErrStorageFull) || isRefusal(err) {
		return committed, err
	}
	if s.checkpoint(ctx) != nil {
		return nil, err
	}
	return s.transactOnce(ctx, f)
}

// isRefusal reports whether an error was found here, and not by the disk.
func isRefusal(err error) bool {
	_, ok := errors.AsType[*kv.Refusal](err)
	return ok
}

// mayGrow returns a Refusal of kind ErrStorageFull where the disk is full: what only adds leaves the reserve to what
// ends or secures something.
func (s *Store) mayGrow() error {
	if free, err := sqlite.Free(s.path); err == nil && free < roomToGrow {
		return kv.Refuse(kv.ErrStorageFull, "the disk that holds %s is full: make room on it", s.path)
	}
	return nil
}
