// SPDX-License-Identifier: Apache-2.0

// Package sqlite keeps the control data in one SQLite file: see package control. Credentials and project ids are in
// memory too, so that no request waits for the file. It fulfils access.Access, engine.State, archive.Control and
// archive.Schedules; only the main package of the program imports it.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Config is what may be set. The zero value works.
type Config struct {
	// FlushEvery is how long the last use of a credential may lag behind in the file. Default: 5 s.
	FlushEvery time.Duration
	// AuditKeep is how many audit entries of each kind are kept, except acts of administrators, which are removed by age.
	// Default: access.AuditKeep.
	AuditKeep int64
	// MaxSessions bounds how many browsers are signed in. Default: access.MaxSessions.
	MaxSessions int
	// Examine leaves the file as it is, and what an operator asked for to the next Open without it.
	Examine bool
	// Log takes failures that no caller sees. Default: none.
	Log *slog.Logger
}

// Store holds the control data in one file.
type Store struct {
	cfg     Config
	db      *sqlite.DB
	path    string
	id      string
	maker   string        // distinguishes this Store from those of other processes
	writing chan struct{} // holds a token during a write
	total   atomic.Int64  // all writes to the file so far
	commits *sqlite.Commits
	place   *sqlite.Place
	audited [access.AuditKinds]int64 // the entries of each kind; those of AuditAdmin are not counted on. Held by writing
	dropped [access.AuditKinds]atomic.Uint64

	memory
	used atomic.Bool // whether any credential was used since the last flush

	stop    context.CancelFunc
	stopped chan struct{}
}

var (
	_ access.Access     = (*Store)(nil)
	_ access.Sessions   = (*Store)(nil)
	_ engine.State      = (*Store)(nil)
	_ archive.Control   = (*Store)(nil)
	_ archive.Schedules = (*Store)(nil)
)

// Open opens the file, or creates it with mode 0600, since the settings hold a password. Errors: those of sqlite.Open.
func Open(ctx context.Context, path string, cfg Config) (*Store, error) {
	if cfg.FlushEvery == 0 {
		cfg.FlushEvery = 5 * time.Second
	}
	if cfg.AuditKeep == 0 {
		cfg.AuditKeep = access.AuditKeep
	}
	cfg.MaxSessions = cmp.Or(cfg.MaxSessions, access.MaxSessions)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	found, err := inspect(path)
	if err != nil {
		return nil, err
	}
	db, err := found.open(ctx)
	if err != nil {
		return nil, err
	}
	db.LogCopy(ctx, cfg.Log)
	s := &Store{cfg: cfg, db: db, path: path, maker: control.NewID(), writing: make(chan struct{}, 1), stopped: make(chan struct{})}
	if err := errors.Join(s.load(ctx), s.countAudit(ctx), s.check(ctx, found)); err != nil {
		_ = db.Close() // nothing was written
		return nil, err
	}
	if s.place, err = sqlite.Here(path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if s.commits, err = sqlite.OpenCommits(path, s.count()); err != nil { // the data can be used all the same
		cfg.Log.WarnContext(ctx, "the commits of the control data are not counted", "error", err)
	}
	if !cfg.Examine {
		found.accept(ctx, cfg.Log)
		if err := s.reserve(ctx); err != nil {
			cfg.Log.WarnContext(ctx, "nothing is reserved yet for a disk that gets full", "error", err)
		}
	}
	flushing, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go s.flushForever(flushing)
	return s, nil
}

// Close records the last uses that are still only in memory, and closes the file.
func (s *Store) Close() error {
	s.stop()
	<-s.stopped
	err := s.db.Close()
	if s.commits != nil {
		err = errors.Join(err, s.commits.Close())
	}
	return err
}

// ID identifies these control data.
func (s *Store) ID() string { return s.id }

// write runs f in a transaction and, once that is committed, calls the func that f returned, to update the memory.
// There is one writer at a time, so that the memory changes in the order of the commits.
func (s *Store) write(ctx context.Context, f func(tx *sql.Tx) (committed func(), err error)) error {
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return fmt.Errorf("wait for another write of control data: %w", kv.ErrTimeout)
	}
	if err := s.place.Check(); err != nil { // writes to a file that is gone would be lost
		return err
	}
	committed, err := s.transact(ctx, f)
	if err != nil {
		return err
	}
	if committed != nil {
		committed()
	}
	return nil
}

// transactOnce runs f in a transaction.
func (s *Store) transactOnce(ctx context.Context, f func(tx *sql.Tx) (committed func(), err error)) (committed func(), err error) {
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return nil, sqlite.Err(err)
	}
	defer tx.Rollback()
	before, err := changes(ctx, tx)
	if err != nil {
		return nil, sqlite.Err(err)
	}
	if committed, err = f(tx); err != nil {
		return nil, sqlite.Err(err)
	}
	counts, err := s.countOne(ctx, tx, before)
	if err != nil {
		return nil, sqlite.Err(err)
	}
	if err := tx.Commit(); err != nil {
		return nil, sqlite.Err(err)
	}
	if counts {
		s.counted(ctx)
	}
	return committed, nil
}

// exec is write for one statement that does not affect the memory.
func (s *Store) exec(ctx context.Context, query string, args ...any) error {
	return s.write(ctx, func(tx *sql.Tx) (func(), error) {
		_, err := tx.ExecContext(ctx, query, args...)
		return nil, err
	})
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// query returns the rows of a query, each read by scan.
func query[T any](ctx context.Context, db querier, scan func(rows *sql.Rows) (T, error), query string,
	args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, sqlite.Err(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, sqlite.Err(err)
		}
		all = append(all, one)
	}
	return all, sqlite.Err(rows.Err())
}
