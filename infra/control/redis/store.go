// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/infra/control"
	"github.com/tempskv/tempskv/infra/redis"
)

// Config says how the control data are reached. Redis is required; the zero value of the rest works.
type Config struct {
	// Redis names the server and says how to connect to it. Settings for values and pipelines are not used.
	Redis redis.Config
	// ID identifies the control data expected there, if it is known: others are not used, and no new ones are
	// made. Default: any.
	ID string
	// Remember receives the ID once it is known. Default: none.
	Remember func(id string)
	// Keys is the Redis of the keys, if that is another one and known: the mark there says that there were control data.
	Keys redis.Config
	// OnUse does all work within the calls, and none in the background: for a process that may be frozen between them.
	// The last uses are then recorded with the check of the generation.
	OnUse bool
	// PollEvery is the time between two checks of the generation. Default: 1 s. With OnUse it is not used.
	PollEvery time.Duration
	// MaxAge is how long memory is valid without such a check. Default: 5 s.
	MaxAge time.Duration
	// Timeout bounds the reads of Authenticate and HasProject. Default: 1 s.
	Timeout time.Duration
	// FlushEvery is how long the last use of a credential may lag behind in Redis. Default: 5 s.
	FlushEvery time.Duration
	// AuditKeep is how many audit entries of each kind are kept, except acts of administrators, which are removed by age.
	// Default: access.AuditKeep.
	AuditKeep int64
	// MaxSessions bounds how many browsers are signed in. Default: access.MaxSessions.
	MaxSessions int
	// Log takes failures that no caller sees. Default: none.
	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	setDefault(&c.PollEvery, time.Second)
	setDefault(&c.MaxAge, 5*time.Second)
	setDefault(&c.Timeout, time.Second)
	setDefault(&c.FlushEvery, 5*time.Second)
	setDefault(&c.AuditKeep, access.AuditKeep)
	setDefault(&c.MaxSessions, access.MaxSessions)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Redis.Coalesce = false
	setDefault(&c.Redis.MaxReply, maxReply)
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Store gives one process access to the control data.
type Store struct {
	cfg   Config
	redis *redis.Store
	maker string // distinguishes this Store from those of other processes

	id         atomic.Pointer[string] // of the control data, once it is known
	gone       atomic.Pointer[error]  // why they are not to be used
	highest    atomic.Pointer[counts] // the largest seen, nil at first
	missing    atomic.Int64           // how much the counters have gone back
	view       atomic.Pointer[view]
	local      sync.Map      // access.TokenHash -> *control.Bearer; those in this process alone
	checking   chan struct{} // holds a token during a check of the generation
	failing    atomic.Bool   // whether the last check failed
	used       atomic.Bool   // whether any credential was used since the last flush
	asked      atomic.Uint64 // how many tokens were looked up
	missed     atomic.Uint64 // those of them that were read
	flushing   sync.Mutex
	unrecorded atomic.Bool // whether the last flush failed
	dropped    [access.AuditKinds]atomic.Uint64

	replacing    sync.Mutex // held to replace the view, and for what follows
	looking      bool       // whether a check is under way
	removals     []removal  // by this process since it began
	settingsSeen string     // the generation of the settings at the last check

	risks atomic.Pointer[[]engine.Warning] // of the Redis, as it was last seen

	settings atomic.Pointer[string] // their text as it was last read or saved here
	changed  chan struct{}          // holds a token where the settings changed

	close func() error
}

var (
	_ access.Access     = (*Store)(nil)
	_ access.Sessions   = (*Store)(nil)
	_ engine.State      = (*Store)(nil)
	_ archive.Control   = (*Store)(nil)
	_ archive.Schedules = (*Store)(nil)
)

// maxReply bounds a reply, in bytes. That of a backup holds all projects and credentials: 200,000 of them come to less.
const maxReply = 128 << 20

// Open connects to the control data; if there are none yet, the first change makes them. Errors: those of redis.Open,
// and a Refusal of kind ErrUnavailable that names the schema if it is newer than this program, or says that the
// control data are gone or replaced by others.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	cfg = cfg.withDefaults()
	r, err := redis.Open(ctx, cfg.Redis)
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, redis: r, maker: control.NewID(), checking: make(chan struct{}, 1), changed: make(chan struct{}, 1)}
	s.view.Store(newView(state{}, time.Time{}))
	if cfg.ID != "" {
		s.id.Store(&cfg.ID)
	}
	err = s.check(ctx)
	if err == nil {
		err = s.checkFresh(ctx)
	}
	if err != nil {
		_ = r.Close() // nothing was written
		return nil, err
	}
	stop := s.begin(context.WithoutCancel(ctx))
	s.close = sync.OnceValue(func() error {
		stop()
		return r.Close()
	})
	return s, nil
}

// Close records the last uses that are still only in memory, and closes the connections.
func (s *Store) Close() error { return s.close() }

// Changed returns a channel that holds a token if a process, perhaps this one, changed the settings.
func (s *Store) Changed() <-chan struct{} { return s.changed }
