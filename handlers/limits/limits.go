// SPDX-License-Identifier: Apache-2.0

// Package limits bounds what data operations may cost: requests per second of a token and of a project, what a project
// holds, how many operations run at a time, and how much memory requests hold, shared fairly between projects. It uses the standard library and the
// domain alone; package handlers and the mains import it.
//
// The token bucket and the semaphore weigh next to nothing as libraries, but lack what is needed. A Limiter of
// golang.org/x/time/rate takes a lock, does not return in the same step what remains and when the bucket is full again, and
// has no bound for the debt of requests that other servers let through. A semaphore.Weighted of golang.org/x/sync serves all that wait in
// one line of any length, so that one project could hold up all others.
package limits

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Config says what is bounded. The zero value bounds only what the limits of the projects bound.
type Config struct {
	// Token and Project bound the requests of one token and of one project.
	Token, Project Rate
	// Keys and Bytes bound what one project holds; 0 is no limit. A key counts kv.KeyOverhead bytes and its own.
	Keys, Bytes int64
	// InFlight bounds the data operations that run at a time; 0 is no bound.
	InFlight int
	// Follow makes ask call grant once the requests that arrived before were seen, until stop is called: operations that wait for a
	// slot then do not keep new requests out. Default: ask calls it at once.
	Follow func(grant func()) (ask, stop func(), err error)
	// Memory bounds what all requests hold, in bytes; 0 is no bound.
	Memory int64
	// MemoryTime is how long a request waits for memory. Default: 5 s.
	MemoryTime time.Duration
	// Limits returns the limits of a project, from memory. Default: no project has its own.
	Limits func(ctx context.Context, id kv.ProjectID) (access.ProjectLimits, error)
	// Count counts what a project holds in a store that does not know at once, bytes only if they are asked for. Default:
	// in such a store, Keys and Bytes do not hold.
	Count func(ctx context.Context, id kv.ProjectID, bytes bool) (kv.Usage, error)
	// Counter is where several servers add up the requests that each let through. Default: each counts for itself.
	Counter Counter
	// Log gets the failures that no caller sees. Default: none.
	Log *slog.Logger
}

// Limiter holds every data operation to its limits. It is made by New.
type Limiter struct {
	cfg       Config
	defaults  atomic.Pointer[defaults]
	began     time.Time
	tokens    table[string, token]
	projects  table[kv.ProjectID, Project]
	holders   table[string, holder] // by credential
	semaphore semaphore
	walks     walks
	memory    memory
	uncounted chan *Project

	exchanging sync.Mutex
	apart      bool // the last exchange failed
}

// New returns a limiter. Run does what has to be done in the background.
func New(c Config) *Limiter {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	l := &Limiter{
		cfg: c, began: time.Now(),
		tokens: newTable[string, token](), projects: newTable[kv.ProjectID, Project](), semaphore: semaphore{max: int64(c.InFlight)},
		holders: newTable[string, holder](), memory: memory{max: c.Memory, time: cmp.Or(c.MemoryTime, memoryTime), freed: make(chan struct{})},
		uncounted: make(chan *Project, maxUncounted),
	}
	l.Set(c)
	return l
}

// defaults are the limits of tokens, and of projects that have none of their own.
type defaults struct {
	token, project pace
	perSecond      int64 // of a project
	keys, bytes    int64
}

// Set changes Token, Project, Keys and Bytes of the Config; for projects in use within a second.
func (l *Limiter) Set(c Config) {
	l.defaults.Store(&defaults{token: c.Token.pace(), project: c.Project.pace(), perSecond: c.Project.PerSecond, keys: c.Keys, bytes: c.Bytes})
}

// Effective returns the limits of a project whose own limits these are; 0 means no limit.
func (l *Limiter) Effective(own access.ProjectLimits) (perSecond, keys, bytes int64) {
	d := l.defaults.Load()
	return own.RequestsPerSecond.Or(d.perSecond), own.Keys.Or(d.keys), own.Bytes.Or(d.bytes)
}

// now is the clock of the buckets: nanoseconds since New, by a clock that is never set.
func (l *Limiter) now() int64 { return int64(time.Since(l.began)) }

const (
	// exchangeEvery is how often servers exchange their counts.
	exchangeEvery = 200 * time.Millisecond
	// sweepEvery is how often idle tokens and projects are removed.
	sweepEvery = 30 * time.Second
)

// Run removes idle tokens and projects, counts what projects hold, and shares the counts of requests if there is a Counter, until
// ctx ends.
func (l *Limiter) Run(ctx context.Context) {
	var counting sync.WaitGroup
	counting.Go(func() { l.countForever(ctx) })
	defer counting.Wait()
	defer l.follow()()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	var exchange <-chan time.Time
	if l.cfg.Counter != nil {
		ticker := time.NewTicker(exchangeEvery)
		defer ticker.Stop()
		exchange = ticker.C
	}
	for {
		select {
		case <-sweep.C:
			l.sweep()
		case <-exchange:
			l.Exchange(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// follow lets waiters follow what has arrived, until end is called.
func (l *Limiter) follow() (end func()) {
	s := &l.semaphore
	if l.cfg.Follow == nil || s.max <= 0 {
		return func() {}
	}
	ask, stop, err := l.cfg.Follow(s.grant)
	if err != nil {
		l.cfg.Log.Warn("operations that wait get their slots before new requests are read, as there is no pipe", "error", err)
		return func() {}
	}
	s.ask.Store(&ask)
	return func() {
		s.ask.Store(nil)
		stop()
	}
}

// sweep removes tokens and projects whose buckets are full again, as those of new ones are.
func (l *Limiter) sweep() {
	now := l.now()
	l.holders.drop(func(h *holder) bool { return h.taken.Load() == 0 && h.waiting.Load() == 0 })
	l.tokens.drop(func(t *token) bool { return t.rests(now) })
	l.projects.drop(func(p *Project) bool {
		return p.rests(now) && now-p.checked.Load() > int64(sweepEvery) && p.memory.taken.Load() == 0
	})
}
