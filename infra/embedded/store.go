// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/sqlite"
)

// Config is what may be set of a store. The zero value works.
type Config struct {
	// MaxMemory bounds the keys and values stored, in bytes, each key counting 64 more; 0: no limit.
	MaxMemory int64
	// MaxAnswer bounds the values of one MGet, in bytes. Default: kv.DefaultMaxAnswer.
	MaxAnswer int64
	// CacheMemory bounds the values and missing keys that Get finds without reading the file, in bytes; 0: none.
	// The pages that the writer keeps come on top: see writer.tune.
	CacheMemory int64
	// Now is the wall clock that keys expire by, asked by several goroutines. Default: time.Now.
	Now func() time.Time
	// Log takes what goes wrong in the background, where no caller gets the error. Default: none.
	Log *slog.Logger
	// Report is called with each step of the change to another file when the step begins. Default: none.
	Report func(engine.Step)
	// Block takes why the file in use must not be read or written, empty once it may. Default: none.
	Block func(detail string)
	// StallTime is how long the reader of an export of all projects may take nothing while the log is long. Default: 2 minutes.
	StallTime time.Duration
	// Control are the control data with the projects of the keys. Default: not known.
	Control Control

	staging bool // the store is one of Stage
}

func (c Config) withDefaults() Config {
	if c.MaxAnswer == 0 {
		c.MaxAnswer = kv.DefaultMaxAnswer
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.StallTime = cmp.Or(c.StallTime, 2*time.Minute)
	if c.Report == nil {
		c.Report = func(engine.Step) {}
	}
	if c.Block == nil {
		c.Block = func(string) {}
	}
	return c
}

// Store is a kv.Store in one SQLite file. Arguments, such as a value, must not be changed even after a call has
// returned: a write whose outcome is unknown may still be under way.
type Store struct {
	changer
	config  Config
	db      *sqlite.DB
	readers readers
	walks   chan struct{} // holds one for each walk
	writer  *writer
	damage  damage
	cache   *cache // nil: there is none
	// open is held for reading by each call, and for good by Close.
	open  sync.RWMutex
	close func() error
	// closing is closed when Close is called.
	closing    chan struct{}
	commitSync *commitSync // nil without an engine
	// warnings are about what was found when the file was opened.
	warnings []engine.Warning
	// stopScrub ends the scrub, which then closes scrubbed.
	stopScrub context.CancelFunc
	scrubbed  chan struct{}
}

var _ kv.Store = (*Store)(nil)

// Open opens the file, or creates it with mode 0600. Nothing else may have it open.
// Errors: those of sqlite.Open.
func Open(ctx context.Context, path string, c Config) (*Store, error) {
	db, err := sqlite.OpenSummed(ctx, path, migrations)
	if err != nil {
		return nil, err
	}
	return newStore(ctx, path, db, c)
}

// newStore returns the store in db, whose file is at path. The store closes db.
func newStore(ctx context.Context, path string, db *sqlite.DB, c Config) (*Store, error) {
	s := &Store{config: c.withDefaults(), db: db, closing: make(chan struct{}), scrubbed: make(chan struct{})}
	db.LogCopy(ctx, s.config.Log)
	s.changer.do = s.do
	s.damage.log = s.config.Log
	if err := s.connect(ctx); err != nil {
		return nil, errors.Join(sqlite.Err(err), db.Close())
	}
	if err := errors.Join(s.writer.locate(ctx, path), s.writer.tune(ctx, path, s.config.CacheMemory)); err != nil {
		return nil, errors.Join(err, s.readers.close(), s.writer.close(), db.Close(), s.writer.leave())
	}
	s.close = sync.OnceValue(s.shut)
	go s.writer.run(context.WithoutCancel(ctx))
	scrubbing, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stopScrub = stop
	go s.scrub(scrubbing)
	return s, nil
}

func (s *Store) connect(ctx context.Context) (err error) {
	if s.readers, err = openReaders(ctx, s.db.Read); err != nil {
		return err
	}
	s.walks = make(chan struct{}, cap(s.readers)/2)
	if s.writer, err = openWriter(ctx, s.db, s.readers, s.config); err != nil {
		return errors.Join(err, s.readers.close())
	}
	s.cache = newCache(s.config.CacheMemory)
	s.writer.cache = s.cache
	return nil
}

// Close waits for calls that are under way, ends exports, and closes the file. It may be called again.
func (s *Store) Close() error { return s.close() }

func (s *Store) shut() error {
	s.commitSync.stop()
	close(s.closing)
	s.stopScrub()
	<-s.scrubbed
	s.open.Lock() // and never unlock: enter fails from now on
	s.writer.stop()
	return errors.Join(s.readers.close(), s.writer.close(), s.db.Close(), s.writer.leave())
}

// enter begins a call, which ends with s.open.RUnlock. Errors: ErrUnavailable after Close, ErrTimeout.
func (s *Store) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return sqlite.Err(ctx.Err())
	}
	if !s.open.TryRLock() { // fails only if Close holds it or waits for it
		return errClosed()
	}
	return nil
}

func errClosed() error { return kv.Refuse(kv.ErrUnavailable, "the store is closed") }

// SetMaxMemory changes Config.MaxMemory of an open store. What is stored stays.
func (s *Store) SetMaxMemory(bytes int64) { s.writer.limit.Store(bytes) }
